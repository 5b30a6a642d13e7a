import { createHash } from "node:crypto";
import { get, setOwn, textOf, type JsonObject } from "@fairlead/apimachinery";
import { openApiDocuments, openApiV2Bytes, openApiV2Protobuf, openApiV3Bytes } from "../data/openapi-documents.ts";
import { parseAccept } from "../discovery/accept.ts";
import { emptyAnswer, taggedAnswer, type DocumentAnswer, type DocumentRequest } from "../discovery/document-answer.ts";
import { compareVersions } from "../resources/compare-versions.ts";
import { hasCondition } from "../resources/custom-resources.ts";
import { customPart } from "./custom-documents.ts";

/** Serves `/openapi/v2` and `/openapi/v3`. Documents are built when first asked for. */
export interface OpenApi {
  /**
   * Undefined for a path that is none of its own. Version 2 as Protobuf has the built-in kinds only, and version 3 is
   * served as JSON alone.
   */
  answer(request: DocumentRequest): Promise<DocumentAnswer | undefined>;
}

interface CustomVersion {
  readonly definition: JsonObject;
  readonly declared: JsonObject;
}

/** Of the definitions that are established now: make another one when they change. */
export function createOpenApi(definitions: readonly JsonObject[]): OpenApi {
  const custom = customVersions(definitions);
  const hashes = new Map([...custom].map(([path, versions]) => [path, hashOf(versions)]));
  const documents = new Map<string, Uint8Array>();
  let swagger: Promise<{ readonly etag: string; readonly body: Uint8Array }> | undefined;
  return {
    answer: async (request) => {
      const { path } = request;
      if (path === "/openapi/v3") return index(hashes);
      if (path.startsWith("/openapi/v3/")) {
        const name = path.slice("/openapi/v3/".length);
        const hash = hashes.get(name) ?? openApiDocuments().get(name)?.hash;
        if (hash === undefined) return emptyAnswer(404);
        if (formatOf(request.accept, ["json"]) === undefined) return emptyAnswer(406);
        const body = documents.get(name) ?? customDocument(custom.get(name)) ?? (await openApiV3Bytes(name))!;
        if (custom.has(name)) documents.set(name, body);
        // Whoever names the hash may keep the document for as long as he likes.
        const kept = request.query.has("hash") ? { "cache-control": "public, immutable" } : {};
        return taggedAnswer(request, hash, { "content-type": "application/json", ...kept }, body);
      }
      if (path !== "/openapi/v2") return undefined;
      const format = formatOf(request.accept, ["json", ...protobufTypes]);
      if (format === undefined) return emptyAnswer(406);
      swagger ??= swaggerOf(custom);
      const { etag, body } = await swagger;
      const type = format === "json" ? "application/json" : `application/${protobufTypes[1]}`;
      return taggedAnswer(
        request,
        etag,
        { "content-type": type },
        format === "json" ? body : await openApiV2Protobuf(),
      );
    },
  };
}

const protobufTypes = [
  "com.github.proto-openapi.spec.v2@v1.0+protobuf",
  "com.github.proto-openapi.spec.v2.v1.0+protobuf",
] as const;

function formatOf(accept: string, subtypes: readonly string[]): string | undefined {
  if (accept === "") return subtypes[0];
  for (const { type, subtype } of parseAccept(accept)) {
    if (type !== "application" && type !== "*") continue;
    const found = subtype === "*" ? subtypes[0] : subtypes.find((one) => one === subtype);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** By `apis/GROUP/VERSION`, those of a group and version in the order of their names. */
function customVersions(definitions: readonly JsonObject[]): ReadonlyMap<string, readonly CustomVersion[]> {
  const nameOf = (one: JsonObject): string => textOf(get(get(one, "metadata"), "name"));
  const found: {
    readonly path: string;
    readonly group: string;
    readonly version: string;
    readonly entry: CustomVersion;
  }[] = [];
  for (const definition of definitions) {
    if (!hasCondition(definition, "Established")) continue;
    const group = textOf(get(get(definition, "spec"), "group"));
    const versions = get(get(definition, "spec"), "versions");
    for (const declared of Array.isArray(versions) ? versions : []) {
      if (get(declared, "served") !== true) continue;
      const version = textOf(get(declared, "name"));
      const entry = { definition, declared: declared as JsonObject };
      found.push({ path: `apis/${group}/${version}`, group, version, entry });
    }
  }
  found.sort(
    (a, b) =>
      (a.group < b.group ? -1 : a.group > b.group ? 1 : 0) ||
      compareVersions(a.version, b.version) ||
      (nameOf(a.entry.definition) < nameOf(b.entry.definition) ? -1 : 1),
  );
  const byPath = new Map<string, CustomVersion[]>();
  for (const { path, entry } of found) {
    const list = byPath.get(path);
    if (list === undefined) byPath.set(path, [entry]);
    else list.push(entry);
  }
  return byPath;
}

/** Not that of the document, which is built only when somebody reads it: what tells a definition's version does. */
function hashOf(versions: readonly CustomVersion[]): string {
  const hash = createHash("sha512");
  for (const { definition, declared } of versions) {
    const { uid, generation } = (get(definition, "metadata") ?? {}) as JsonObject;
    // The specification cannot change without the generation.
    const isStored = typeof uid === "string" && typeof generation === "number";
    hash.update(JSON.stringify([uid ?? "", generation ?? 0, isStored ? declared["name"]! : definition]));
  }
  return hash.digest("hex").toUpperCase();
}

function index(hashes: ReadonlyMap<string, string>): DocumentAnswer {
  const all = new Map([...openApiDocuments().values()].map(({ path, hash }) => [path, hash]));
  for (const [path, hash] of hashes) all.set(path, hash);
  const paths: JsonObject = {};
  for (const path of [...all.keys()].sort()) {
    setOwn(paths, path, { serverRelativeURL: `/openapi/v3/${path}?hash=${all.get(path)!}` });
  }
  const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-cache, private" };
  return { status: 200, headers, body: Buffer.from(JSON.stringify({ paths })) };
}

function customDocument(versions: readonly CustomVersion[] | undefined): Uint8Array | undefined {
  if (versions === undefined) return undefined;
  const paths: JsonObject = {};
  const schemas: JsonObject = {};
  for (const { definition, declared } of versions) {
    const part = customPart(definition, declared, 3);
    Object.assign(paths, part.paths);
    Object.assign(schemas, part.schemas);
  }
  const info = { title: "Kubernetes CRD Swagger", version: "v0.1.0" };
  const document = { openapi: "3.0.0", info, paths: sorted(paths), components: { schemas: sorted(schemas) } };
  return Buffer.from(JSON.stringify(document));
}

async function swaggerOf(
  custom: ReadonlyMap<string, readonly CustomVersion[]>,
): Promise<{ readonly etag: string; readonly body: Uint8Array }> {
  const builtin = await openApiV2Bytes();
  if (custom.size === 0) return { etag: sha512(builtin), body: builtin };
  const document = JSON.parse(Buffer.from(builtin).toString("utf8")) as {
    paths: JsonObject;
    definitions: JsonObject;
  };
  for (const { definition, declared } of [...custom.values()].flat()) {
    const part = customPart(definition, declared, 2);
    Object.assign(document.paths, part.paths);
    Object.assign(document.definitions, part.schemas);
  }
  document.paths = sorted(document.paths);
  document.definitions = sorted(document.definitions);
  const body = Buffer.from(JSON.stringify(document));
  return { etag: sha512(body), body };
}

function sha512(bytes: Uint8Array): string {
  return createHash("sha512").update(bytes).digest("hex").toUpperCase();
}

function sorted(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, object[key]!]),
  );
}
