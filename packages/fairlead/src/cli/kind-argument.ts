import { nearest } from "@fairlead/apimachinery";
import { kindNames, type KindName } from "../kinds/load.ts";
import { cliFinding } from "./findings.ts";
import type { CliContext } from "./context.ts";
import { refuse } from "./report.ts";

/** A kind by the name people type: `App`, `app`, `apps`. */
export function kindByName(name: string): KindName | undefined {
  const wanted = name.toLowerCase();
  return kindNames.find((kind) => {
    const lower = kind.toLowerCase();
    return wanted === lower || wanted === `${lower}s` || (lower.endsWith("y") && wanted === `${lower.slice(0, -1)}ies`);
  });
}

/** The kinds named on the command line, all of them when none is; undefined after a finding was reported. */
export function resolveKinds(context: CliContext, names: readonly string[]): readonly KindName[] | undefined {
  if (names.length === 0) return kindNames;
  const found: KindName[] = [];
  for (const name of names) {
    const kind = kindByName(name);
    if (kind === undefined) {
      refuse(context, unknownKind(name));
      return undefined;
    }
    found.push(kind);
  }
  return found;
}

export function unknownKind(name: string) {
  const guess = nearest(name, kindNames);
  return cliFinding("FL605", {
    message: `there is no kind ${JSON.stringify(name)}`,
    hint: guess === undefined ? `the kinds are ${kindNames.join(", ")}` : `did you mean ${guess}?`,
  });
}
