import { judgeReady, type Judge } from "@fairlead/kube";
import type { KrmObject } from "@fairlead/krm";

/**
 * Judges objects while everything starts at once: what has failed may heal. A declaration that is seen before something
 * else of the same folder, which it names, waits for it; other reasons are told as they are.
 */
export function patience(objects: readonly Pick<KrmObject, "kind" | "metadata">[]): Judge {
  const declared = new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name ?? ""}`));
  return (object, replaced) => {
    const verdict = judgeReady(object, replaced);
    if (verdict.kind !== "failed") return verdict;
    const missing = /there is no (\w+) "([^"]+)"/.exec(verdict.reason);
    const wanted = missing === null ? "" : `${missing[1]!} ${missing[2]!}`;
    return { ...verdict, kind: "waiting", reason: declared.has(wanted) ? `waits for ${wanted}` : verdict.reason };
  };
}
