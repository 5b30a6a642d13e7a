import { isObject, parseDuration, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import { shown } from "../../../shared/read.ts";
import type { Condition, RouteRule, RuleTarget, TextMatch } from "./route-rule.ts";

/** Bounds on what one policy may say: proxies try the rules one by one for every request. */
const most = { text: 65_536, rules: 64, conditions: 16, entries: 16, targets: 16, value: 1024 };

export interface ReadRules {
  readonly rules: readonly RouteRule[];
  /** What is wrong, one sentence each. A rule with a mistake is left out. */
  readonly problems: readonly string[];
}

/**
 * The rules of a RoutingPolicy, YAML in `spec.config.rules`: a list of `{match, to, timeout, retries}`. `match` is a
 * condition or a list of alternatives; `to` a name, or a list of `{name | region, weight}`.
 */
export function readRules(text: string): ReadRules {
  if (text.length > most.text) return { rules: [], problems: [`config.rules has more than ${most.text} characters`] };
  const limits = { documents: 2, depth: 16, nodes: 8192, aliasNodes: 1024, aliasText: most.text };
  const { documents, findings } = parseStream(text, { limits });
  const problems = findings.filter(({ severity }) => severity === "error").map(({ message }) => message);
  const value = documents[0]?.value;
  if (documents.length !== 1 || !Array.isArray(value)) {
    if (problems.length === 0) problems.push("config.rules is not a list");
    return { rules: [], problems };
  }
  if (value.length > most.rules) problems.push(`only the first ${most.rules} rules are read`);
  const rules = value.slice(0, most.rules).flatMap((item, at) => {
    const mistakes: string[] = [];
    const rule = readRule(item, mistakes);
    problems.push(...mistakes.map((mistake) => `rules[${at}]: ${mistake}`));
    return rule === undefined || mistakes.length > 0 ? [] : [rule];
  });
  return { rules, problems };
}

function readRule(value: JsonValue, problems: string[]): RouteRule | undefined {
  if (!isObject(value)) {
    problems.push("is not a map");
    return undefined;
  }
  onlyKeys(value, ["match", "to", "timeout", "retries"], problems);
  const match = value["match"];
  const alternatives = match === undefined || match === null ? [] : Array.isArray(match) ? match : [match];
  if (alternatives.length > most.conditions) problems.push(`match has more than ${most.conditions} alternatives`);
  const conditions = alternatives.slice(0, most.conditions).map((item) => readCondition(item, problems));
  return {
    conditions,
    to: readTargets(value["to"], problems),
    timeout: readTimeout(value["timeout"], problems),
    retries: readRetries(value["retries"], problems),
  };
}

function readCondition(value: JsonValue, problems: string[]): Condition {
  const none: Condition = { path: undefined, headers: [], query: [], methods: [] };
  if (!isObject(value)) {
    problems.push("match is neither a map nor a list of maps");
    return none;
  }
  onlyKeys(value, ["path", "headers", "query", "methods"], problems);
  const path = value["path"] === undefined ? undefined : readText(value["path"], "prefix", "path", problems);
  if (path !== undefined && path.kind !== "regex" && !path.text.startsWith("/"))
    problems.push("path does not start with /");
  const methods = value["methods"] ?? [];
  if (!Array.isArray(methods) || !methods.every((method) => typeof method === "string" && /^[A-Z]{1,16}$/.test(method)))
    problems.push("methods is not a list of methods in capitals");
  return {
    path,
    headers: readEntries(value["headers"], "headers", problems).map(([name, text]) => [name.toLowerCase(), text]),
    query: readEntries(value["query"], "query", problems),
    methods: Array.isArray(methods)
      ? methods.filter((method) => typeof method === "string").slice(0, most.entries)
      : [],
  };
}

function readEntries(value: JsonValue | undefined, where: string, problems: string[]): [string, TextMatch][] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) {
    problems.push(`${where} is not a map`);
    return [];
  }
  const names = Object.keys(value).sort();
  if (names.length > most.entries) problems.push(`${where} has more than ${most.entries} entries`);
  return names.slice(0, most.entries).flatMap((name): [string, TextMatch][] => {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(name)) problems.push(`${where} has the name ${shown(name)}`);
    const text = readText(value[name]!, "exact", `${where}.${name}`, problems);
    return text === undefined ? [] : [[name, text]];
  });
}

function readText(
  value: JsonValue,
  plain: "exact" | "prefix",
  where: string,
  problems: string[],
): TextMatch | undefined {
  if (typeof value === "string" && value !== "" && value.length <= most.value) return { kind: plain, text: value };
  if (isObject(value)) {
    const [kind, ...others] = Object.keys(value);
    const text = kind === undefined ? undefined : value[kind];
    if (others.length === 0 && (kind === "exact" || kind === "prefix" || kind === "regex"))
      if (typeof text === "string" && text !== "" && text.length <= most.value) return { kind, text };
  }
  problems.push(`${where} is neither a text nor one of {exact}, {prefix}, {regex}`);
  return undefined;
}

function readTargets(value: JsonValue | undefined, problems: string[]): RuleTarget[] {
  if (typeof value === "string" && value !== "")
    return [{ kind: "name", name: value.toLowerCase(), weight: undefined }];
  const list = isObject(value) ? [value] : value;
  if (!Array.isArray(list) || list.length === 0 || list.length > most.targets) {
    problems.push("to is neither a name nor a list of {name | region, weight}");
    return [];
  }
  return list.flatMap((item): RuleTarget[] => {
    if (typeof item === "string" && item !== "") return [{ kind: "name", name: item.toLowerCase(), weight: undefined }];
    if (isObject(item)) {
      onlyKeys(item, ["name", "region", "weight"], problems);
      const { name, region, weight } = item;
      const kind = typeof name === "string" && name !== "" ? "name" : "region";
      const text = kind === "name" ? name : region;
      const right =
        weight === undefined || (Number.isInteger(weight) && (weight as number) >= 0 && (weight as number) <= 10_000);
      if (typeof text === "string" && text !== "" && (name === undefined || region === undefined) && right)
        return [{ kind, name: text.toLowerCase(), weight: weight as number | undefined }];
    }
    problems.push("to has an entry that is not {name | region, weight}");
    return [];
  });
}

function readTimeout(value: JsonValue | undefined, problems: string[]): string | undefined {
  if (value === undefined || value === null) return undefined;
  const nanoseconds = typeof value === "string" ? parseDuration(value) : undefined;
  if (nanoseconds !== undefined && nanoseconds >= 1_000_000n) return value as string;
  problems.push("timeout is not a duration of a millisecond or more");
  return undefined;
}

function readRetries(value: JsonValue | undefined, problems: string[]): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 10) return value;
  problems.push("retries is not a number from 0 to 10");
  return undefined;
}

function onlyKeys(value: JsonObject, known: readonly string[], problems: string[]): void {
  for (const key of Object.keys(value)) if (!known.includes(key)) problems.push(`${shown(key)} is not known here`);
}
