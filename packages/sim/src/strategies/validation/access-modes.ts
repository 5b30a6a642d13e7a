import { textOf, type JsonObject } from "@fairlead/apimachinery";
import { forbiddenValue, unsupportedValue } from "../../field-problem.ts";
import { listOf, type Problems } from "./checks.ts";

const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

export const volumeModes = ["Block", "Filesystem"];

/** Modes of a volume or of a claim to one. */
export function* accessModeProblems(spec: JsonObject, at = "spec"): Problems {
  const modes = listOf(spec["accessModes"]).map(textOf);
  for (const mode of modes) {
    if (!accessModes.includes(mode)) yield unsupportedValue(`${at}.accessModes`, mode, accessModes);
  }
  const hasOther = modes.some((mode) => mode !== "ReadWriteOncePod" && accessModes.includes(mode));
  if (modes.includes("ReadWriteOncePod") && hasOther) {
    yield forbiddenValue(`${at}.accessModes`, "may not use ReadWriteOncePod with other access modes");
  }
}
