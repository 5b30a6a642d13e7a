import {
  dns1035LabelProblem,
  dns1123SubdomainProblem,
  equal,
  get,
  isObject,
  textOf,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { requestDeclarations } from "@fairlead/apimachinery/cel";
import type { FieldProblem } from "../errors.ts";
import { duplicateValue, invalidValue, requiredValue, unsupportedValue } from "../field-problem.ts";
import { conditionProblems, objects, oneOf, ruleProblems, selectorProblems, texts } from "./admission-rules.ts";
import type { Strategy } from "./strategy.ts";

const strategy = (isMutating: boolean): Strategy => ({
  hasGeneration: true,
  validate: (configuration) => [...configurationProblems(configuration, undefined, isMutating)],
  validateUpdate: (configuration, old) => [...configurationProblems(configuration, old, isMutating)],
});

export const validatingWebhookStrategy: Strategy = strategy(false);
export const mutatingWebhookStrategy: Strategy = strategy(true);

function* configurationProblems(
  configuration: JsonObject,
  old: JsonObject | undefined,
  isMutating: boolean,
): Generator<FieldProblem> {
  const webhooks = objects(configuration, "webhooks");
  const before = objects(old, "webhooks").map((one) => one["matchConditions"] ?? []);
  const sameConditions =
    old !== undefined &&
    equal(
      webhooks.map((one) => one["matchConditions"] ?? []),
      before,
    );
  const names = new Set<string>();
  for (const [index, webhook] of webhooks.entries()) {
    const at = `webhooks[${index}]`;
    yield* webhookProblems(at, webhook, isMutating, !sameConditions);
    yield* versionProblems(`${at}.admissionReviewVersions`, texts(webhook, "admissionReviewVersions"));
    const name = textOf(webhook["name"]);
    if (name !== "" && names.has(name)) yield duplicateValue(`${at}.name`, name);
    names.add(name);
  }
}

function* webhookProblems(
  at: string,
  webhook: JsonObject,
  isMutating: boolean,
  checksConditions: boolean,
): Generator<FieldProblem> {
  const name = textOf(webhook["name"]);
  const problem = dns1123SubdomainProblem(name);
  if (name === "") yield requiredValue(`${at}.name`);
  else if (problem !== undefined) yield invalidValue(`${at}.name`, name, problem);
  else if (name.split(".").length < 3)
    yield invalidValue(`${at}.name`, name, "should be a domain with at least three segments separated by dots");
  for (const [index, rule] of objects(webhook, "rules").entries()) yield* ruleProblems(`${at}.rules[${index}]`, rule);
  yield* oneOf(`${at}.failurePolicy`, webhook["failurePolicy"], ["Fail", "Ignore"]);
  yield* oneOf(`${at}.matchPolicy`, webhook["matchPolicy"], ["Equivalent", "Exact"]);
  const effects = webhook["sideEffects"];
  const none = ["None", "NoneOnDryRun"];
  if (effects === undefined) yield requiredValue(`${at}.sideEffects`, `must specify one of ${none.join(", ")}`);
  else if (!none.includes(textOf(effects))) yield unsupportedValue(`${at}.sideEffects`, effects, none);
  const seconds = webhook["timeoutSeconds"];
  if (typeof seconds === "number" && (seconds > 30 || seconds < 1))
    yield invalidValue(`${at}.timeoutSeconds`, seconds, "the timeout value must be between 1 and 30 seconds");
  yield* selectorProblems(`${at}.namespaceSelector`, webhook["namespaceSelector"]);
  yield* selectorProblems(`${at}.objectSelector`, webhook["objectSelector"]);
  if (isMutating) yield* oneOf(`${at}.reinvocationPolicy`, webhook["reinvocationPolicy"], ["IfNeeded", "Never"]);
  yield* clientProblems(`${at}.clientConfig`, webhook["clientConfig"]);
  if (checksConditions)
    yield* conditionProblems(`${at}.matchConditions`, webhook, requestDeclarations({ authorizer: true }));
}

function* versionProblems(at: string, versions: readonly string[]): Generator<FieldProblem> {
  const known = ["v1", "v1beta1"];
  if (versions.length === 0) return yield requiredValue(at, `must specify one of ${known.join(", ")}`);
  for (const [index, version] of versions.entries()) {
    const problem = dns1035LabelProblem(version);
    if (versions.indexOf(version) < index) yield invalidValue(`${at}[${index}]`, version, "duplicate version");
    else if (problem !== undefined) yield invalidValue(`${at}[${index}]`, version, problem);
  }
  if (!versions.some((version) => known.includes(version)))
    yield invalidValue(at, versions, `must include at least one of ${known.join(", ")}`);
}

function* clientProblems(at: string, client: JsonValue | undefined): Generator<FieldProblem> {
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
