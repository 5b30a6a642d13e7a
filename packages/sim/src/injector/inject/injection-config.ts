import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import { parseTemplate, type Template } from "../template/parse.ts";
import { meshConfigOf } from "./mesh-config.ts";

/** What an injector works with: its two ConfigMaps, read. */
export interface InjectionConfig {
  readonly kind: "config";
  readonly policy: string;
  readonly defaultTemplates: readonly string[];
  readonly templates: ReadonlyMap<string, Template>;
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  readonly neverInjectSelector: readonly JsonValue[];
  readonly alwaysInjectSelector: readonly JsonValue[];
  readonly injectedAnnotations: readonly (readonly [string, string])[];
  readonly values: JsonObject;
  /** Istio's MeshConfig in its JSON form, with defaults. */
  readonly mesh: JsonObject;
}

export type InjectionConfigProblem = { readonly kind: "invalid"; readonly message: string };

/**
 * Reads `istio-sidecar-injector[-REV]` (keys `config` and `values`) and `istio[-REV]` (key `mesh`), as istiod does. A
 * template that cannot be parsed makes all of it invalid: istiod then goes on with what it had.
 */
export function readInjectionConfig(
  injector: JsonObject,
  mesh: JsonObject | undefined,
): InjectionConfig | InjectionConfigProblem {
  const data = get(injector, "data");
  const config = yamlIn(get(data, "config"), "config");
  if (typeof config === "string") return { kind: "invalid", message: config };
  const values = yamlIn(get(data, "values"), "values");
  if (typeof values === "string") return { kind: "invalid", message: values };
  const meshText = get(get(mesh, "data"), "mesh");
  const given = meshText === undefined ? {} : yamlIn(meshText, "mesh");
  if (typeof given === "string") return { kind: "invalid", message: given };
  const templates = new Map<string, Template>();
  const raw = get(config, "templates");
  for (const [name, text] of Object.entries(isObject(raw) ? raw : {})) {
    const parsed = parseTemplate(textOf(text));
    if (parsed.kind === "invalid")
      return { kind: "invalid", message: `template ${name}, line ${parsed.line}: ${parsed.message}` };
    templates.set(name, parsed);
  }
  const defaults = texts(get(config, "defaultTemplates"));
  return {
    kind: "config",
    policy: textOf(get(config, "policy")),
    defaultTemplates: defaults.length === 0 ? ["sidecar"] : defaults,
    templates,
    aliases: new Map(entriesOf(get(config, "aliases")).map(([name, list]) => [name, texts(list)])),
    neverInjectSelector: listOf(get(config, "neverInjectSelector")),
    alwaysInjectSelector: listOf(get(config, "alwaysInjectSelector")),
    injectedAnnotations: entriesOf(get(config, "injectedAnnotations")).map(([name, value]) => [name, textOf(value)]),
    values,
    mesh: meshConfigOf(given),
  };
}

/** Text says what is wrong. */
function yamlIn(value: JsonValue | undefined, key: string): JsonObject | string {
  if (typeof value !== "string") return `missing ConfigMap key ${JSON.stringify(key)}`;
  const { documents, findings } = parseStream(value, { limits: { total: 4 << 20, depth: 100, aliasNodes: 1000 } });
  const mistake = findings.find((one) => one.severity === "error");
  if (mistake !== undefined) return `${key}: ${mistake.message}`;
  const first = documents[0]?.value ?? {};
  return isObject(first) ? first : `${key}: is no map`;
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
const texts = (value: JsonValue | undefined): readonly string[] => listOf(value).map(textOf);
const entriesOf = (value: JsonValue | undefined): readonly (readonly [string, JsonValue])[] =>
  isObject(value) ? Object.entries(value) : [];
