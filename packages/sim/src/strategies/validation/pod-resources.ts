import { isObject, type JsonObject } from "@fairlead/apimachinery";
import { forbiddenValue } from "../../field-problem.ts";
import { isSet, text, type Problems } from "./checks.ts";

/** What is wrong with the resources of a whole pod. */
export function* podResourceProblems(spec: JsonObject, specAt: string): Problems {
  const at = `${specAt}.resources`;
  const resources = spec["resources"];
  if (!isObject(resources)) return;
  if (text(spec, "os", "name") === "windows") {
    yield forbiddenValue(at, "may not be set for a windows pod");
    return;
  }
  if (isSet(resources["claims"])) {
    yield forbiddenValue(`${at}.claims`, "claims may not be set for Resources at pod-level");
  }
}
