import { get } from "@fairlead/apimachinery";
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
  if (isMadeElsewhere(context)) return false;
  // A Task needs no identity unless something is said about it.
  return context.declaration.kind === "App" || settings !== undefined;
}

/** One that is in the input already is used as it is, and so is one that a CloudIdentity of its name makes. */
function isMadeElsewhere(context: WorkloadContext): boolean {
  const { world, declaration } = context;
  const name = accountName(context);
  if (world.object("ServiceAccount", declaration.namespace, name) !== undefined) return true;
  const identity = world.declared("CloudIdentity", declaration.namespace, name);
  if (identity === undefined) return false;
  const settings = get(identity.spec, "serviceAccount");
  return get(settings, "create") !== false && (text(get(settings, "name")) ?? name) === name;
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
  return !own && context.declaration.kind === "App" && isMadeElsewhere(context) ? context.name : undefined;
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
