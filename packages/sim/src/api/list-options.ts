import {
  labelValueProblem,
  matchesSelector,
  parseSelector,
  textOf,
  type JsonObject,
  type Labels,
  type Selector,
} from "@fairlead/apimachinery";
import { badRequest, invalid, type FieldProblem } from "../errors.ts";
import { forbiddenValue, unsupportedValue } from "../field-problem.ts";
import type { Kind } from "../resources/kind.ts";
import type { Resource } from "../resources/resource.ts";
import { matchesFields, parseFieldSelector, type FieldTerm } from "./field-selector.ts";
import { metadataOf } from "./registry/metadata.ts";
import { isTrue } from "./request-info.ts";

export interface ListOptions {
  readonly labels: Selector;
  readonly fields: readonly FieldTerm[];
  /** 0: all. */
  readonly limit: number;
  readonly continueToken: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
  readonly timeoutSeconds: number | undefined;
}

/** What a query asks of a list or a watch; throws 400 or 422 as the API server does. */
export function listOptions(
  query: URLSearchParams,
  kind: Kind,
  name: string,
  isWatch: boolean,
  resource: Resource = kind.resource,
): ListOptions {
  const parsed = parseSelector(query.get("labelSelector") ?? "");
  if (parsed.kind === "problem") throw badRequest(parsed.message);
  for (const { key, operator, values } of parsed.selector) {
    if (operator === "gt" || operator === "lt") continue;
    for (const value of values) {
      const why = labelValueProblem(value);
      if (why !== undefined)
        throw badRequest(
          `unable to parse requirement: values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${why}`,
        );
    }
  }
  const fields = [...parseFieldSelector(query.get("fieldSelector") ?? "", kind, resource)];
  if (name !== "") {
    const own = fields.find(({ field }) => field === "metadata.name");
    if (fields.length > 0 && own?.value !== name) {
      throw badRequest("fieldSelector metadata.name doesn't match requested name");
    }
    if (own === undefined) fields.push({ field: "metadata.name", value: name, negated: false });
  }
  const sendInitialEvents = query.get("sendInitialEvents");
  const options: ListOptions = {
    labels: parsed.selector,
    fields,
    limit: integerOf(query, "limit") ?? 0,
    continueToken: query.get("continue") ?? "",
    resourceVersion: query.get("resourceVersion") ?? "",
    resourceVersionMatch: query.get("resourceVersionMatch") ?? "",
    allowWatchBookmarks: isTrue(query.get("allowWatchBookmarks")),
    sendInitialEvents: sendInitialEvents === null ? undefined : isTrue(sendInitialEvents),
    timeoutSeconds: integerOf(query, "timeoutSeconds"),
  };
  const problems = isWatch ? watchProblems(options) : listProblems(options);
  if (problems.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", problems);
  return options;
}

function integerOf(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key);
  if (text === null || text === "") return undefined;
  if (!/^[+-]?\d+$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

const match = "resourceVersionMatch";

function listProblems({
  resourceVersion,
  resourceVersionMatch: how,
  continueToken,
  sendInitialEvents,
}: ListOptions): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (how !== "") {
    if (resourceVersion === "")
      problems.push(forbiddenValue(match, `${match} is forbidden unless resourceVersion is provided`));
    if (continueToken !== "") problems.push(forbiddenValue(match, `${match} is forbidden when continue is provided`));
    if (how !== "Exact" && how !== "NotOlderThan") {
      problems.push(unsupportedValue(match, how, ["Exact", "NotOlderThan", ""]));
    }
    if (how === "Exact" && resourceVersion === "0") {
      problems.push(forbiddenValue(match, `${match} "exact" is forbidden for resourceVersion "0"`));
    }
  }
  if (sendInitialEvents !== undefined) {
    problems.push(forbiddenValue("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  return problems;
}

function watchProblems({ resourceVersionMatch: how, continueToken, sendInitialEvents }: ListOptions): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (sendInitialEvents !== undefined && how !== "NotOlderThan") {
    problems.push(forbiddenValue(match, `sendInitialEvents requires setting ${match} to NotOlderThan`));
  }
  if (how !== "") {
    if (sendInitialEvents === undefined) {
      problems.push(forbiddenValue(match, `${match} is forbidden for watch unless sendInitialEvents is provided`));
    }
    if (how !== "NotOlderThan") problems.push(unsupportedValue(match, how, ["NotOlderThan"]));
    if (continueToken !== "") problems.push(forbiddenValue(match, `${match} is forbidden when continue is provided`));
  }
  return problems;
}

/** Whether the selectors of a request select an object; undefined where they select all. */
export function selects({ labels, fields }: ListOptions, kind: Kind): ((object: JsonObject) => boolean) | undefined {
  if (labels.length === 0 && fields.length === 0) return undefined;
  const known = kind.strategy.selectableFields ?? {};
  return (object) =>
    (labels.length === 0 || matchesSelector(labels, labelsOf(object))) &&
    (fields.length === 0 || matchesFields(object, fields, known));
}

function labelsOf(object: JsonObject): Labels {
  const { labels } = metadataOf(object);
  const result: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels ?? {})) result[key] = textOf(value);
  return result;
}
