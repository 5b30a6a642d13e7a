import { get, isObject, textOf, type JsonValue } from "@fairlead/apimachinery";
import type { PauseScope, RunEvent } from "../../../plan/sidecars/model/run.ts";

/** What people tell a running controller. */
export type Command = Extract<RunEvent, { readonly kind: "pause" | "resume" }>;

/** Keys of the ConfigMap's data under which commands lie until they are carried out, each by an id of its own. */
export const commandPrefix = "command-";

const mostCommands = 100;
const mostBytes = 4_096;

/** Commands by their keys, oldest first as far as keys tell; what cannot be understood has none. */
export function commandsOf(data: JsonValue | undefined): ReadonlyMap<string, Command | undefined> {
  const found = new Map<string, Command | undefined>();
  if (!isObject(data)) return found;
  for (const key of Object.keys(data).sort()) {
    if (key.startsWith(commandPrefix) && found.size < mostCommands) found.set(key, decodeCommand(data[key]));
  }
  return found;
}

export function encodeCommand(command: Command): string {
  return JSON.stringify(command);
}

function decodeCommand(text: JsonValue | undefined): Command | undefined {
  if (typeof text !== "string" || text.length > mostBytes) return undefined;
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
  const scope = scopeOf(get(value, "scope"));
  const by = textOf(get(value, "by")).slice(0, 253);
  if (scope === undefined) return undefined;
  switch (get(value, "kind")) {
    case "pause":
      return { kind: "pause", by, reason: textOf(get(value, "reason")).slice(0, 1_024), scope };
    case "resume":
      return { kind: "resume", by, scope };
    default:
      return undefined;
  }
}

function scopeOf(value: JsonValue | undefined): PauseScope | undefined {
  const [cluster, namespace] = [get(value, "cluster"), get(value, "namespace")];
  switch (get(value, "kind")) {
    case "all":
      return { kind: "all" };
    case "cluster":
      return typeof cluster === "string" ? { kind: "cluster", cluster } : undefined;
    case "namespace":
      return typeof cluster === "string" && typeof namespace === "string"
        ? { kind: "namespace", cluster, namespace }
        : undefined;
    default:
      return undefined;
  }
}
