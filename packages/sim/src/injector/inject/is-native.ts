import type { JsonObject } from "@fairlead/apimachinery";
import { at, textAt } from "./pod-parts.ts";

/**
 * Whether a control plane makes proxies native sidecars where pods do not say: as `ENABLE_NATIVE_SIDECARS` among its
 * values says, else (`auto`) from version 1.27 on. It is taken for granted that the nodes can run them.
 */
export function isNative(values: JsonObject): boolean {
  // Values given on a command line are booleans.
  const wish = at(values, "pilot", "env", "ENABLE_NATIVE_SIDECARS");
  if (wish === true || wish === "true") return true;
  if (wish === false || wish === "false") return false;
  const version = /^v?(\d+)\.(\d+)/.exec(textAt(values, "global", "tag"));
  if (version === null) return true;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major > 1 || minor >= 27;
}
