import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { listOf, nonNegative, portNumberOrName, text, type Problems } from "./checks.ts";

export interface HookContext {
  /** How long the pod may take to end, in seconds. */
  readonly grace: number | undefined;
}

const handlers = {
  probe: ["exec", "httpGet", "tcpSocket", "grpc"],
  lifecycle: ["exec", "httpGet", "tcpSocket", "sleep"],
} as const;

const headerName = /^[-A-Za-z0-9]+$/;
const headerText =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";

/** What is wrong with the hooks and probes of a container. */
export function* hookProblems(container: JsonValue, at: string, context: HookContext): Problems {
  const lifecycle = get(container, "lifecycle");
  for (const key of ["postStart", "preStop"]) {
    const handler = get(lifecycle, key);
    if (isObject(handler)) yield* handlerProblems(handler, `${at}.lifecycle.${key}`, "lifecycle", context);
  }
  for (const key of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    const probe = get(container, key);
    if (!isObject(probe)) continue;
    const here = `${at}.${key}`;
    yield* probeProblems(probe, here, context);
    const success = probe["successThreshold"];
    if (key !== "readinessProbe" && success !== 1)
      yield invalidValue(`${here}.successThreshold`, success ?? 0, "must be 1");
    if (key === "readinessProbe" && probe["terminationGracePeriodSeconds"] !== undefined) {
      yield invalidValue(
        `${here}.terminationGracePeriodSeconds`,
        probe["terminationGracePeriodSeconds"],
        "must not be set for readinessProbes",
      );
    }
  }
}

function* probeProblems(probe: JsonObject, at: string, context: HookContext): Problems {
  yield* handlerProblems(probe, at, "probe", context);
  yield* nonNegative(
    at,
    probe,
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  );
  const grace = probe["terminationGracePeriodSeconds"];
  if (typeof grace === "number" && grace <= 0) {
    yield invalidValue(`${at}.terminationGracePeriodSeconds`, grace, "must be greater than 0");
  }
}

function* handlerProblems(
  handler: JsonObject,
  at: string,
  holder: "probe" | "lifecycle",
  { grace }: HookContext,
): Problems {
  let count = 0;
  for (const key of handlers[holder]) {
    const own = handler[key];
    if (!isObject(own)) continue;
    if (count > 0) {
      yield forbiddenValue(`${at}.${key}`, "may not specify more than 1 handler type");
      continue;
    }
    count++;
    if (key === "exec" && listOf(own["command"]).length === 0) yield requiredValue(`${at}.exec.command`);
    if (key === "httpGet") {
      if (text(own, "path") === "") yield requiredValue(`${at}.httpGet.path`);
      yield* portNumberOrName(`${at}.httpGet.port`, own["port"]);
      if (!["HTTP", "HTTPS"].includes(text(own, "scheme"))) {
        yield unsupportedValue(`${at}.httpGet.scheme`, own["scheme"], ["HTTP", "HTTPS"]);
      }
      for (const header of listOf(own["httpHeaders"])) {
        const name = text(header, "name");
        if (!headerName.test(name)) yield invalidValue(`${at}.httpGet.httpHeaders`, name, headerText);
      }
    }
    const seconds = Number(own["seconds"] ?? 0);
    if (key === "sleep" && grace !== undefined && (seconds < 0 || seconds > grace)) {
      const why = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`;
      yield invalidValue(`${at}.sleep`, seconds, why);
    }
    if (key === "tcpSocket" || key === "grpc") yield* portNumberOrName(`${at}.${key}.port`, own["port"]);
  }
  if (count === 0) yield requiredValue(at, "must specify a handler type");
}
