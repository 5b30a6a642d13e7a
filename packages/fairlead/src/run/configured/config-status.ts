import { equal, get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { refOf, type Finding, type KrmObject } from "@fairlead/krm";
import type { Client } from "@fairlead/kube";
import { errorFields, type Log } from "../log.ts";

const deadlineMs = 10_000;
const longestMessage = 4_096;

export interface ConfigStatusOptions {
  readonly findings: readonly Finding[];
  /** ms since the epoch. */
  readonly now: number;
  readonly log: Log;
  readonly fieldManager: string;
}

/** Says in the status of a configuration whether it holds; written only if it says something else now. */
export async function writeConfigStatus(
  client: Client,
  config: KrmObject,
  { findings, now, log, fieldManager }: ConfigStatusOptions,
): Promise<void> {
  const status = configStatus(config, findings, now);
  if (status === undefined) return;
  const { apiVersion, kind, name, namespace = "" } = refOf(config);
  try {
    const resource = await client.discovery.resource({ apiVersion, kind });
    const uid = textOf(config.metadata["uid"]);
    const said = { apiVersion, kind, metadata: { name, namespace, uid }, status };
    await client.apply(resource, said, { fieldManager, force: true, subresource: "status", deadlineMs });
  } catch (error) {
    log.warn({ error: errorFields(error) }, "the status of the configuration could not be written");
  }
}

/** As kstatus reads it; undefined if the object says so already. `now`: ms since the epoch. */
export function configStatus(config: KrmObject, findings: readonly Finding[], now: number): JsonObject | undefined {
  const errors = findings.filter(({ severity }) => severity === "error");
  const told = errors.length > 0 ? errors : findings;
  const message = told
    .map(({ code, message: text }) => `${code}: ${text}`)
    .join("\n")
    .slice(0, longestMessage);
  const holds = errors.length === 0;
  const generation = config.metadata["generation"];
  const observed = typeof generation === "number" ? { observedGeneration: generation } : {};
  const before = get(config["status"], "conditions");
  const condition = (type: string, status: "True" | "False"): JsonObject => {
    const old = (Array.isArray(before) ? before : []).find((one) => isObject(one) && one["type"] === type);
    const since = get(old, "status") === status ? get(old, "lastTransitionTime") : undefined;
    const lastTransitionTime = typeof since === "string" ? since : `${new Date(now).toISOString().slice(0, 19)}Z`;
    return { type, status, reason: holds ? "Applied" : "Invalid", message, ...observed, lastTransitionTime };
  };
  const conditions = holds ? [condition("Ready", "True")] : [condition("Ready", "False"), condition("Stalled", "True")];
  const ours = (Array.isArray(before) ? before : []).filter((one) =>
    ["Ready", "Stalled"].includes(textOf(get(one, "type"))),
  );
  const same = equal(ours, conditions) && get(config["status"], "observedGeneration") === observed.observedGeneration;
  return same ? undefined : { ...observed, conditions };
}
