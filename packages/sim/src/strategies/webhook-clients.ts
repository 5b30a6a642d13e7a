import {
  dns1035LabelProblem,
  dns1123SubdomainProblem,
  get,
  isObject,
  textOf,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import type { FieldProblem } from "../errors.ts";
import { invalidValue, requiredValue } from "../field-problem.ts";

const known = ["v1", "v1beta1"];

/** Of the reviews that a webhook takes. @param needed What is said where there are none. */
export function* reviewVersionProblems(
  at: string,
  versions: readonly string[],
  needed = `must specify one of ${known.join(", ")}`,
): Generator<FieldProblem> {
  if (versions.length === 0) return yield requiredValue(at, needed);
  for (const [index, version] of versions.entries()) {
    const problem = dns1035LabelProblem(version);
    if (versions.indexOf(version) < index) yield invalidValue(`${at}[${index}]`, version, "duplicate version");
    else if (problem !== undefined) yield invalidValue(`${at}[${index}]`, version, problem);
  }
  if (!versions.some((version) => known.includes(version)))
    yield invalidValue(at, versions, `must include at least one of ${known.join(", ")}`);
}

/** Of the `clientConfig` of a webhook. */
export function* webhookClientProblems(at: string, client: JsonValue | undefined): Generator<FieldProblem> {
  const [url, service] = [get(client, "url"), get(client, "service")];
  if ((url === undefined) === (service === undefined))
    return yield requiredValue(at, "exactly one of url or service is required");
  if (url !== undefined) yield* urlProblems(`${at}.url`, textOf(url));
  else if (isObject(service)) yield* serviceProblems(`${at}.service`, service);
}

function* urlProblems(at: string, text: string): Generator<FieldProblem> {
  const form = "; desired format: https://host[/path]";
  const match = /^(?:([a-zA-Z][\w+.-]*):)?(?:\/\/(?:([^@/?#]*)@)?([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s.exec(
    text,
  );
  const [, scheme = "", user, host = "", query = "", fragment = ""] = match ?? [];
  if (scheme !== "https") yield invalidValue(at, scheme, `'https' is the only allowed URL scheme${form}`);
  if (host === "") yield invalidValue(at, host, `host must be specified${form}`);
  if (user !== undefined) yield invalidValue(at, user, "user information is not permitted in the URL");
  if (fragment !== "") yield invalidValue(at, fragment, "fragments are not permitted in the URL");
  if (query !== "") yield invalidValue(at, query, "query parameters are not permitted in the URL");
}

function* serviceProblems(at: string, service: JsonObject): Generator<FieldProblem> {
  // The server hands its own check the two in the wrong order; a message names the field that is there.
  if (textOf(service["namespace"]) === "") yield requiredValue(`${at}.name`);
  if (textOf(service["name"]) === "") yield requiredValue(`${at}.namespace`);
  const { port } = service;
  if (typeof port === "number" && (port < 1 || port > 65_535))
    yield invalidValue(`${at}.port`, port, "port is not valid: must be between 1 and 65535, inclusive");
  const path = textOf(service["path"]);
  if (path === "" || path === "/") return;
  if (path === "//") return yield invalidValue(`${at}.path`, path, "segment[0] may not be empty");
  if (!path.startsWith("/")) yield invalidValue(`${at}.path`, path, "must start with a '/'");
  for (const [index, step] of path.slice(1).replace(/\/$/, "").split("/").entries()) {
    const problem = dns1123SubdomainProblem(step);
    if (step === "") yield invalidValue(`${at}.path`, path, `segment[${index}] may not be empty`);
    else if (problem !== undefined) yield invalidValue(`${at}.path`, path, `segment[${index}]: ${problem}`);
  }
}
