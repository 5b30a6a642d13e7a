import { type JsonObject, isObject } from "@fairlead/apimachinery";
import { badRequest, notAcceptable, notConvertible } from "../errors.ts";
import type { Resource } from "../resources/resource.ts";

/** How an answer is to be given: objects as they are, as rows of a table, or their metadata only. */
export type Representation =
  | { readonly kind: "object" }
  | { readonly kind: "table"; readonly version: string; readonly includeObject: "None" | "Metadata" | "Object" }
  | { readonly kind: "metadata"; readonly version: string; readonly list: boolean };

/** Columns and rows of objects: `Table` of meta.k8s.io. Without `columns`, `columnDefinitions` stay away. */
export type TableOf = (
  resource: Resource,
  objects: readonly JsonObject[],
  options: { readonly includeObject: "None" | "Metadata" | "Object"; readonly now: number; readonly version: string },
) => JsonObject;

const streams = ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];
const offered = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

/**
 * The first thing of `Accept` that the server can give: JSON, `as=Table`, `as=PartialObjectMetadata(List)`. Protobuf
 * is not given, so clients that would like it best get the next thing they take. Throws 406 if there is none.
 */
export function representationOf(accept: string, query: URLSearchParams, verb = ""): Representation {
  if (accept === "") return { kind: "object" };
  let isRouted = false;
  for (const { type, parameters } of mediaTypes(accept)) {
    const isJson = type === "application/json" || type === "*/*" || type === "application/*";
    if (!isJson) continue;
    isRouted = true;
    const as = parameters.get("as");
    const version = parameters.get("v") ?? "v1";
    if (as === undefined) return { kind: "object" };
    if (parameters.get("g") !== "meta.k8s.io" || (version !== "v1" && version !== "v1beta1")) continue;
    if (as === "Table") return { kind: "table", version, includeObject: includeObject(query) };
    if (as === "PartialObjectMetadata") return { kind: "metadata", version, list: false };
    if (as === "PartialObjectMetadataList") return { kind: "metadata", version, list: true };
  }
  // A type that is given, but not as what is asked for.
  if (isRouted) throw notConvertible(offered);
  throw notAcceptable(verb === "list" || verb === "watch" ? [...offered, ...streams] : offered);
}

function includeObject(query: URLSearchParams): "None" | "Metadata" | "Object" {
  const wanted = query.get("includeObject") ?? "";
  if (wanted === "") return "Metadata";
  if (wanted === "None" || wanted === "Object" || wanted === "Metadata") return wanted;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(wanted)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** By quality, then as they stand. */
export function mediaTypes(accept: string): readonly MediaType[] {
  return accept
    .split(",")
    .map((part) => {
      const [type = "", ...rest] = part.split(";").map((text) => text.trim());
      const parameters = new Map(
        rest.map((text): [string, string] => {
          const at = text.indexOf("=");
          return at < 0 ? [text, ""] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
        }),
      );
      return { type: type.toLowerCase(), parameters, quality: Number(parameters.get("q") ?? "1") };
    })
    .filter(({ type, quality }) => type !== "" && quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

/** The object's identity and metadata alone. */
export function partialMetadata(object: JsonObject, version: string): JsonObject {
  const { metadata } = object;
  const own = isObject(metadata) ? metadata : {};
  return { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${version}`, metadata: own };
}

/** The table of a single object says the object's version as its own: watches go on from there. */
export function withVersion(table: JsonObject, { metadata }: JsonObject): JsonObject {
  const version = isObject(metadata) ? metadata["resourceVersion"] : undefined;
  return version === undefined ? table : { ...table, metadata: { resourceVersion: version } };
}
