import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Project, Service } from "./service.ts";
import { boolean, durationSeconds, integer } from "./units.ts";

/**
 * A health check becomes a readiness and a liveness probe that run the same command, with Compose's defaults written
 * out. A start period becomes a startup probe that gives the container that long, and its retries, to come up.
 */
export function readProbes(service: Service, project: Project): JsonObject {
  const check = service.value["healthcheck"];
  if (check === undefined || check === null) return {};
  if (!isObject(check)) {
    project.report("FL563", service, ["healthcheck"], `service ${service.name}: healthcheck is not a map`);
    return {};
  }
  if (boolean(check["disable"]) === true) return {};
  const command = readTest(check["test"]);
  if (command === "none") return {};
  if (command === undefined) {
    project.report(
      "FL554",
      service,
      ["healthcheck"],
      `service ${service.name}: the health check has no command; the image's own is not known here`,
      "write the command in `healthcheck.test`",
    );
    return {};
  }
  const read = (key: string, fallback: number): number => {
    const written = check[key];
    if (written === undefined || written === null) return fallback;
    const seconds = durationSeconds(written);
    if (seconds !== undefined) return seconds;
    project.report(
      "FL563",
      service,
      ["healthcheck", key],
      `service ${service.name}: healthcheck.${key} is ${JSON.stringify(written)}, which is no duration such as 30s`,
    );
    return fallback;
  };
  const interval = whole(read("interval", 30));
  const retries = Math.max(1, integer(check["retries"]) ?? 3);
  const exec = { exec: { command } };
  const timing = { periodSeconds: interval, timeoutSeconds: whole(read("timeout", 30)), failureThreshold: retries };
  const start = read("start_period", 0);
  const probes: JsonObject = { readinessProbe: { ...exec, ...timing }, livenessProbe: { ...exec, ...timing } };
  if (start > 0) {
    const pace = check["start_interval"] === undefined ? interval : whole(read("start_interval", 5));
    probes["startupProbe"] = {
      ...exec,
      periodSeconds: pace,
      timeoutSeconds: timing.timeoutSeconds,
      failureThreshold: Math.ceil((start + interval * retries) / pace),
    };
  }
  return probes;
}

function readTest(test: JsonValue | undefined): string[] | "none" | undefined {
  if (typeof test === "string") return test === "" ? undefined : ["/bin/sh", "-c", test];
  if (!Array.isArray(test)) return undefined;
  const [form, ...words] = test.map(String);
  if (form === "NONE") return "none";
  if (words.length === 0) return undefined;
  if (form === "CMD-SHELL") return ["/bin/sh", "-c", words.join(" ")];
  return form === "CMD" ? words : undefined;
}

function whole(seconds: number): number {
  return Math.max(1, Math.ceil(seconds));
}

/** `post_start` and `pre_stop` run one command each; the first one is carried. */
export function readHooks(service: Service, project: Project): JsonObject {
  const lifecycle: JsonObject = {};
  for (const [field, hook] of [
    ["post_start", "postStart"],
    ["pre_stop", "preStop"],
  ] as const) {
    const list = service.value[field];
    if (!Array.isArray(list) || list.length === 0) continue;
    const [first] = list;
    const written = get(first, "command");
    const command =
      typeof written === "string"
        ? ["/bin/sh", "-c", written]
        : Array.isArray(written)
          ? written.map(String)
          : undefined;
    const extra = isObject(first) ? Object.keys(first).filter((key) => key !== "command" && !key.startsWith("x-")) : [];
    if (command !== undefined) lifecycle[hook] = { exec: { command } };
    if (command === undefined || list.length > 1 || extra.length > 0) {
      const why =
        list.length > 1
          ? "only the first command is carried"
          : extra.length > 0
            ? `${extra.join(", ")} of the hook ${extra.length === 1 ? "is" : "are"} not carried`
            : "the hook has no command";
      project.report("FL554", service, [field], `service ${service.name}: ${field}: ${why}`);
    }
  }
  return Object.keys(lifecycle).length > 0 ? { lifecycle } : {};
}
