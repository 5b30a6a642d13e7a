import { refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { isKubeError, type Client, type ObjectKey, type Resource } from "@fairlead/kube";
import { compareObject, type ObjectDiff } from "../../diff/compare.ts";
import { errorFinding } from "./error-finding.ts";
import { clusterFinding } from "./findings.ts";

/** What applying an object would do, as the server says. */
export type DryApply =
  | { readonly kind: "same" }
  | { readonly kind: "different"; readonly diff: ObjectDiff }
  | { readonly kind: "refused"; readonly finding: Finding };

export interface DryApplyOptions {
  readonly fieldManager: string;
  readonly force: boolean;
  readonly signal?: AbortSignal;
}

/** Asks the server what applying would change; nothing is stored. */
export async function dryApply(
  client: Client,
  resource: Resource,
  object: KrmObject,
  { fieldManager, force, signal }: DryApplyOptions,
): Promise<DryApply> {
  const ref = refOf(object);
  const key: ObjectKey = { name: ref.name, ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }) };
  const call = signal === undefined ? {} : { signal };
  try {
    const before = await client.find(resource, key, call);
    const after = await client.apply(resource, object, { ...call, fieldManager, force, dryRun: true });
    if (before === undefined) return { kind: "different", diff: { kind: "added", ref, object } };
    const changes = compareObject(comparable(before), comparable(after), { ownership: true });
    return changes.length === 0 ? { kind: "same" } : { kind: "different", diff: { kind: "changed", ref, changes } };
  } catch (error) {
    return { kind: "refused", finding: applyFinding(error, object) };
  }
}

/** FL769 for a conflict of managers, else as for all errors. */
export function applyFinding(error: unknown, object: KrmObject): Finding {
  if (!isKubeError(error, "conflict")) return errorFinding(error);
  const where = error.cluster === undefined ? "" : `${error.cluster}: `;
  return clusterFinding("FL769", { message: `${where}${error.message}`, object: refOf(object) });
}

/** Written by the server alone. */
const serverFields = new Set(["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"]);

function comparable(object: KrmObject): KrmObject {
  const { status: _status, ...rest } = object;
  const kept = Object.entries(object.metadata).filter(([field]) => !serverFields.has(field));
  return { ...rest, metadata: Object.fromEntries(kept) } as KrmObject;
}
