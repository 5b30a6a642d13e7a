import type { Finding } from "@fairlead/krm";
import { meshCliFinding } from "./findings.ts";

/** `--dns` without `-f`. */
export function onlyFiles(): Finding {
  const hint = "print it by `fairlead mesh plan --dns`, or give -f";
  return meshCliFinding("FL856", { message: "--dns is not written into clusters", hint });
}
