import { equal, isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { MeshConfigSpec } from "../../../kinds/mesh-config.ts";
import { presetOf, type MeshConfiguration } from "./settings-of.ts";
import { specOf } from "./spec-of.ts";

/** The MeshConfig that says no more than it must: what differs from the preset of its mode. */
export function shortSpec({ settings, registry }: MeshConfiguration): MeshConfigSpec {
  const full = specOf(settings, registry);
  const preset = presetOf(full.compat);
  const base = specOf(preset.settings, preset.registry) as unknown as JsonObject;
  const { compat: _, ...rest } = base;
  return (different(full as unknown as JsonObject, rest) ?? {}) as MeshConfigSpec;
}

/** What `value` says that `base` does not; undefined if that is nothing. Lists are compared whole. */
function different(value: JsonValue, base: JsonValue | undefined): JsonValue | undefined {
  if (!isObject(value) || !isObject(base)) return base !== undefined && equal(value, base) ? undefined : value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item === undefined) continue;
    const rest = different(item, Object.hasOwn(base, key) ? base[key] : undefined);
    if (rest !== undefined) setOwn(result, key, rest);
  }
  return Object.keys(result).length === 0 ? undefined : result;
}
