import type { KrmObject } from "@fairlead/krm";
import { fields, filled } from "../shared/fields.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { items, object, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";

/** Whether the workload gets a ServiceAccount of its own, and why not. */
function createsAccount(context: WorkloadContext): boolean {
  const settings = object(context.spec.serviceAccount);
  if (settings?.create !== undefined && settings.create !== null) return settings.create;
  if (context.mode === "compat" || text(context.spec.serviceAccountName) !== undefined) return false;
  // One that is in the input already is used as it is.
  const { namespace } = context.declaration;
  if (context.world.object("ServiceAccount", namespace, accountName(context)) !== undefined) return false;
  // A Task needs no identity unless something is said about it.
  return context.declaration.kind === "App" || settings !== undefined;
}

function accountName(context: WorkloadContext): string {
  return text(context.spec.serviceAccountName) ?? text(object(context.spec.serviceAccount)?.name) ?? context.name;
}

/** The pod's serviceAccountName. */
export function serviceAccountName(context: WorkloadContext): string | undefined {
  const written = text(context.spec.serviceAccountName) ?? text(object(context.spec.serviceAccount)?.name);
  if (written !== undefined) return written;
  if (createsAccount(context)) return context.name;
  const own = object(context.spec.serviceAccount)?.create === false || context.mode === "compat";
  const { namespace } = context.declaration;
  const inInput = !own && context.world.object("ServiceAccount", namespace, context.name) !== undefined;
  return inInput && context.declaration.kind === "App" ? context.name : undefined;
}

export function planServiceAccount(context: WorkloadContext): KrmObject | undefined {
  if (!createsAccount(context)) return undefined;
  const settings = object(context.spec.serviceAccount);
  const { declaration, world } = context;
  const name = accountName(context);
  return fields({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: objectMetadata(declaration, world, {
      name,
      labels: settings?.labels,
      annotations: settings?.annotations,
    }),
    automountServiceAccountToken: settings?.automountServiceAccountToken,
    imagePullSecrets: filled([...items(settings?.imagePullSecrets)]),
  }) as KrmObject;
}
