import { get, setOwn, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { customOpenApiTemplate } from "../data/custom-openapi-template.ts";
import { customSchema, selectableFields } from "./custom-schema.ts";

/** What one served version of a CustomResourceDefinition adds to a document. */
export interface CustomPart {
  readonly paths: JsonObject;
  readonly schemas: JsonObject;
}

/**
 * What apiextensions publishes of one version of a CustomResourceDefinition: its paths with all verbs and parameters,
 * and its definitions, in version 3 with those they refer to (version 2 has them anyway).
 */
export function customPart(definition: JsonObject, declared: JsonValue, openapi: 2 | 3): CustomPart {
  const spec = get(definition, "spec");
  const group = textOf(get(spec, "group"));
  const names = get(spec, "names");
  const kind = textOf(get(names, "kind"));
  const version = textOf(get(declared, "name"));
  const listKind = textOf(get(names, "listKind"));
  const scope = get(spec, "scope") === "Namespaced" ? "namespaced" : "cluster";
  const rename = renamer({ group, version, kind, listKind, plural: textOf(get(names, "plural")) });
  const template = customOpenApiTemplate()[scope];
  const subresources = get(declared, "subresources");

  const paths: JsonObject = {};
  const { paths: templatePaths, list } = openapi === 2 ? template.v2 : template.v3;
  for (const path of Object.keys(templatePaths)) {
    const subresource = /\/\{name\}\/(status|scale)$/.exec(path)?.[1];
    if (subresource !== undefined && get(subresources, subresource) === undefined) continue;
    setOwn(paths, rename.text(path), rename.value(templatePaths[path]!));
  }
  const schemas: JsonObject = {};
  for (const [name, schema] of Object.entries(openapi === 2 ? {} : template.v3.schemas)) {
    if (name.startsWith("io.k8s.api.autoscaling.") && get(subresources, "scale") === undefined) continue;
    schemas[name] = schema;
  }
  const prefix = `${group.split(".").reverse().join(".")}.${version}`;
  const free = get(spec, "preserveUnknownFields") === true;
  schemas[`${prefix}.${kind}`] = customSchema({ group, version, kind }, declared, free, openapi);
  schemas[`${prefix}.${listKind}`] = { ...(rename.value(list) as JsonObject), ...selectableFields(declared) };
  return { paths, schemas };
}

interface Names {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
}

/** Puts the names where the template has its placeholders. */
function renamer({ group, version, kind, listKind, plural }: Names): {
  text(text: string): string;
  value(value: JsonValue): JsonValue;
} {
  const groupId = group.replace(/\.k8s\.io$/, "");
  const replacements: Readonly<Record<string, string>> = {
    "zgroup.zexample": group,
    "zexample.zgroup": group.split(".").reverse().join("."),
    zgroupZexample: operationId(groupId, false),
    ZgroupZexample: operationId(groupId, true),
    v9alpha9: version,
    V9alpha9: operationId(version, true),
    zkinds: plural,
    ZkindList: listKind,
    ZkindForAllNamespaces: `${kind}ForAllNamespaces`,
    Zkind: kind,
    // After a verb, as in "create a Zkind".
    " a Zkind": `${articleOf(kind)}${kind}`,
  };
  const placeholder =
    /zgroup\.zexample|zexample\.zgroup|zgroupZexample|ZgroupZexample|v9alpha9|V9alpha9|zkinds|ZkindList| a Zkind|Zkind/g;
  const text = (from: string): string => from.replace(placeholder, (found) => replacements[found]!);
  const value = (from: JsonValue): JsonValue => {
    if (typeof from === "string") return text(from);
    if (Array.isArray(from)) return from.map(value);
    if (typeof from !== "object" || from === null) return from;
    const copy: JsonObject = {};
    for (const key of Object.keys(from)) copy[key] = value(from[key]!);
    return copy;
  };
  return { text, value };
}

/** ` a `, ` an ` or, before what looks like a plural, a space. */
function articleOf(noun: string): string {
  if (noun.endsWith("s") && !noun.endsWith("ss")) return " ";
  return /^[aeiou]/i.test(noun) ? " an " : " a ";
}

/** `multicluster.x-k8s.io` → `multiclusterXK8sIo`. */
function operationId(text: string, capital: boolean): string {
  let id = "";
  let capitalize = capital;
  for (const [index, char] of [...text].entries()) {
    if (/[A-Za-z_]/.test(char) || (index > 0 && /\d/.test(char))) {
      id += capitalize ? char.toUpperCase() : char;
      capitalize = false;
    } else {
      capitalize = true;
    }
  }
  return id;
}
