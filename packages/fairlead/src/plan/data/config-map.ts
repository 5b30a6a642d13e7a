import type { KrmObject } from "@fairlead/krm";
import { filled } from "../shared/fields.ts";
import type { Pool } from "./pool.ts";
import { poolSettings } from "./settings.ts";

/** The pool's settings, where there are any. */
export function poolConfigMap({ spec, declaration, report, metadata }: Pool): KrmObject | undefined {
  const data = filled(poolSettings(spec.config ?? {}, declaration.compat, report));
  return data === undefined ? undefined : { apiVersion: "v1", kind: "ConfigMap", metadata: metadata(), data };
}
