import { refKey, type Finding } from "@fairlead/krm";
import { writtenPath, type Origin } from "./decoded.ts";
import type { Locate, Source } from "./resource.ts";

/** Unknown fields, in our own kinds and in the predecessor's. */
const unknownFields = new Set(["FL050", "FL152", "FL153"]);

/** Where each object of the input was written, by `refKey`. */
export type Origins = ReadonlyMap<string, Origin>;

/** Gives findings their file, line and column. */
export interface FindingLocator {
  /** By the document that the finding is about. */
  in(finding: Finding, origin: Origin): Finding;
  /** By the object that the finding names, if it is one of the input. */
  of(finding: Finding, origins: Origins): Finding;
}

/** Findings of one document come one after the other, so the last document's places are kept and no others. */
export function findingLocator(): FindingLocator {
  let last: { readonly source: Source; readonly locate: Locate } | undefined;
  const locatorOf = (source: Source): Locate => {
    if (last?.source !== source) last = { source, locate: source.locator() };
    return last.locate;
  };
  const locateIn = (finding: Finding, origin: Origin): Finding => {
    if (finding.file !== undefined) return finding;
    const path = writtenPath(origin, finding.field ?? []);
    // An unknown field is wrong in its name; everything else is wrong in its value.
    return { ...finding, ...locatorOf(origin.source)(path, unknownFields.has(finding.code) ? "key" : "value") };
  };
  return {
    in: locateIn,
    of(finding, origins) {
      const origin = finding.object && origins.get(refKey(finding.object));
      return origin === undefined ? finding : locateIn(finding, origin);
    },
  };
}
