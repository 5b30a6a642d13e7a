import { refKey, type Finding } from "@fairlead/krm";
import { writtenPath, type Origin } from "./decode.ts";

/** Unknown fields: in our own kinds, and in the predecessor's. */
const unknownFields = new Set(["FL050", "FL152", "FL153"]);

/** Where each object of the input was written, by `refKey`. */
export type Origins = ReadonlyMap<string, Origin>;

/** Gives findings that name an object their file, line and column. */
export function locate(findings: readonly Finding[], origins: Origins): Finding[] {
  return findings.map((finding) => {
    const origin = finding.object && origins.get(refKey(finding.object));
    return origin === undefined ? finding : locateIn(finding, origin);
  });
}

/** Gives one finding its place in a known document. */
export function locateIn(finding: Finding, origin: Origin): Finding {
  if (finding.file !== undefined) return finding;
  const path = writtenPath(origin, finding.field ?? []);
  // An unknown field is wrong in its name; everything else is wrong in its value.
  const place = origin.source.locate(path, unknownFields.has(finding.code) ? "key" : "value");
  return { ...finding, ...place };
}
