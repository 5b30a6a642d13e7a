import { isObject } from "@fairlead/apimachinery";
import { refKey, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import type { Resource, Source } from "../../compile/resource.ts";

/** Where objects were read, by `refKey`. */
export type Sources = ReadonlyMap<string, Source>;

/** Findings about a field that is named wrong: the name is what is shown. */
const ofNames = new Set(["FL821", "FL828", "FL896"]);

export function sourcesOf(resources: readonly Resource[]): Sources {
  const sources = new Map<string, Source>();
  for (const { value, source } of resources)
    if (isObject(value) && isObject(value["metadata"]))
      sources.set(refKey(refOf(value as unknown as KrmObject)), source);
  return sources;
}

/** Gives findings about objects that were read from files their file, line and column. */
export function placed(findings: readonly Finding[], sources: Sources): readonly Finding[] {
  return findings.map((finding) => {
    if (finding.file !== undefined || finding.object === undefined) return finding;
    const source = sources.get(refKey(finding.object));
    if (source === undefined) return finding;
    return { ...finding, ...source.locator()(finding.field ?? [], ofNames.has(finding.code) ? "key" : "value") };
  });
}
