import { nearest } from "@fairlead/apimachinery";
import { kindNames, type KindName } from "../kinds/load.ts";
import { cliFinding } from "./findings.ts";

/** A kind by the name people type: `App`, `app`, `apps`. */
export function kindByName(name: string): KindName | undefined {
  const wanted = name.toLowerCase();
  return kindNames.find((kind) => {
    const lower = kind.toLowerCase();
    return wanted === lower || wanted === `${lower}s` || (lower.endsWith("y") && wanted === `${lower.slice(0, -1)}ies`);
  });
}

export function unknownKind(name: string) {
  const guess = nearest(name, kindNames);
  return cliFinding("FL605", {
    message: `there is no kind ${JSON.stringify(name)}`,
    hint: guess === undefined ? `the kinds are ${kindNames.join(", ")}` : `did you mean ${guess}?`,
  });
}
