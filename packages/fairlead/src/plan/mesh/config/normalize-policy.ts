import {
  equal,
  formatPath,
  isObject,
  nearest,
  setOwn,
  type FieldPath,
  type JsonObject,
  type JsonValue,
  type Schema,
} from "@fairlead/apimachinery";
import { placeFinding, refOf, type Finding, type ParsedDocument } from "@fairlead/krm";
import { admiralApiVersion } from "../../../kinds/admiral/admiral-kind.ts";
import { admiralKind } from "../../../kinds/admiral/admiral-kinds.ts";
import { shown } from "../../shared/read.ts";
import { meshConfigFinding } from "./findings.ts";

/** Spellings that are read as what is meant: those of the protocol's JSON mapping, and the README's `lbtype`. */
const spellings: { readonly [written: string]: string } = {
  lbtype: "lbType",
  LBType: "lbType",
  dnsprefix: "dnsPrefix",
  dns_prefix: "dnsPrefix",
  outlierDetection: "outlier_detection",
  outlierConfig: "outlier_config",
  baseEjectionTime: "base_ejection_time",
  consecutiveGatewayErrors: "consecutive_gateway_errors",
};

/** In a DependencyProxy `dns_prefix` is a list, as the predecessor's own example writes it. */
const proxySpellings: { readonly [written: string]: string } = {
  dnsPrefixes: "dns_prefixes",
  dns_prefix: "dns_prefixes",
  dnsPrefix: "dns_prefixes",
  dnsSuffix: "dns_suffix",
};

/** Those that the API has as well, so that nobody needs to be told. */
const silent = new Set(["outlierDetection", "outlierConfig", "baseEjectionTime", "consecutiveGatewayErrors"]);
const silentInProxies = new Set(["dnsPrefixes", "dnsSuffix"]);

/** Enumerations by field, in the order of their numbers. */
const names: { readonly [field: string]: readonly string[] } = {
  lbType: ["TOPOLOGY", "FAILOVER"],
  h2UpgradePolicy: ["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"],
};

const deepest = 40;

export interface NormalPolicy {
  readonly object: JsonObject;
  readonly findings: readonly Finding[];
}

/**
 * An object of `admiral.io` as the API has it: one spelling of each field, enumerations by name. What was written in
 * another way is a finding (FL828), what means nothing is one as well (FL829) and stays as it is. Total. An object of
 * another group, or one that is right, is returned as it is. Findings get file and line from `document`.
 */
export function normalizePolicy(object: JsonObject, document?: ParsedDocument): NormalPolicy {
  const { apiVersion, kind: name, spec } = object;
  const kind = apiVersion === admiralApiVersion && typeof name === "string" ? admiralKind(name) : undefined;
  if (kind === undefined || !isObject(spec)) return { object, findings: [] };
  const about = { object: refOf(object) };
  const findings: Finding[] = [];
  const say = (code: "FL828" | "FL829", path: FieldPath, message: string, hint?: string): void => {
    const finding = { message: `${formatPath(path)}: ${message}`, ...about, field: path };
    findings.push(meshConfigFinding(code, { ...finding, ...(hint !== undefined && { hint }) }));
  };
  const proxy = kind.kind === "DependencyProxy";
  const normal = visit(spec, kind.spec, ["spec"], { proxy, say });
  return {
    object: equal(normal, spec) ? object : { ...object, spec: normal },
    findings: document === undefined ? findings : findings.map((finding) => placeFinding(finding, document)),
  };
}

interface Context {
  readonly proxy: boolean;
  readonly say: (code: "FL828" | "FL829", path: FieldPath, message: string, hint?: string) => void;
}

function visit(value: JsonValue, schema: Schema | undefined, path: FieldPath, context: Context): JsonValue {
  if (schema === undefined || path.length > deepest) return value;
  if (Array.isArray(value)) return value.map((item, index) => visit(item, schema.items, [...path, index], context));
  if (!isObject(value) || schema.properties === undefined) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item === undefined) continue;
    const name = nameOf(key, value, schema, [...path, key], context);
    if (name === undefined) continue;
    const below = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    const at = [...path, key];
    const read = Object.hasOwn(names, name) ? enumeration(item, names[name]!, at, context) : item;
    setOwn(copy, name, visit(read, below, at, context));
  }
  return copy;
}

/** The API's name of a field; undefined if the field stands there under that name as well, which counts. */
function nameOf(
  key: string,
  holder: JsonObject,
  schema: Schema,
  path: FieldPath,
  { proxy, say }: Context,
): string | undefined {
  const properties = schema.properties!;
  const table = proxy ? proxySpellings : spellings;
  const meant = Object.hasOwn(table, key) ? table[key]! : undefined;
  if (meant !== undefined && Object.hasOwn(properties, meant)) {
    if (Object.hasOwn(holder, meant)) {
      say("FL828", path, `${key} has no effect beside ${meant}`, `remove ${key}`);
      return undefined;
    }
    if (!(proxy ? silentInProxies : silent).has(key)) {
      say("FL828", path, `the field is called ${meant}; ${key} is read as that`, `write ${meant}`);
    }
    return meant;
  }
  if (!Object.hasOwn(properties, key) && schema["x-kubernetes-preserve-unknown-fields"] !== true) {
    const guess = nearest(key, Object.keys(properties));
    say("FL829", path, "there is no such field", guess === undefined ? "remove it" : `did you mean \`${guess}\`?`);
  }
  return key;
}

function enumeration(value: JsonValue, all: readonly string[], path: FieldPath, { say }: Context): JsonValue {
  if (typeof value === "number" && all[value] !== undefined) return all[value];
  if (typeof value === "string") {
    const upper = value.toUpperCase();
    const found = all[Number(value)] ?? all.find((name) => name === upper);
    if (found !== undefined && value.trim() !== "") {
      if (found !== value) say("FL828", path, `${shown(value)} is read as ${found}`, `write ${found}`);
      return found;
    }
  }
  const choices = all.map((name, number) => `${name} (${number})`).join(", ");
  say("FL829", path, `${shown(value)} is none of ${choices}`, `write one of ${all.join(", ")}`);
  return value;
}
