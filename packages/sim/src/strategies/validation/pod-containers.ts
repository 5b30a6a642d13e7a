import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import { listOf } from "./checks.ts";

/** All containers of a pod with the paths of their fields, in the order in which the server visits them. */
export function containersOf(
  spec: JsonObject,
  at: string,
): readonly { readonly container: JsonValue; readonly at: string }[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((key) =>
    listOf(spec[key]).map((container, index) => ({ container, at: `${at}.${key}[${index}]` })),
  );
}
