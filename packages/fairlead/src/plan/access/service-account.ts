import type { KrmObject } from "@fairlead/krm";
import { fields, filled } from "../shared/fields.ts";
import type { Identity } from "./identity.ts";

type StringRecord = { readonly [key: string]: string };

/** The ServiceAccount of the pods, marked for the cloud; none when it exists elsewhere. */
export function identityServiceAccount(
  identity: Identity,
  annotations: StringRecord,
  labels: StringRecord = {},
): readonly KrmObject[] {
  const { spec, declaration, serviceAccount } = identity;
  const settings = spec.serviceAccount ?? {};
  if (settings.create === false) return [];
  const automount = settings.automountServiceAccountToken ?? (declaration.compat ? undefined : false);
  const object = fields({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: identity.metadata({
      name: serviceAccount,
      primary: true,
      labels: { ...labels, ...settings.labels },
      annotations: { ...annotations, ...settings.annotations },
    }),
    // Cloud identities come by other ways than the API server's token.
    automountServiceAccountToken: automount,
    imagePullSecrets: filled(settings.imagePullSecrets?.map(({ name }) => ({ name }))),
  });
  return [object as KrmObject];
}
