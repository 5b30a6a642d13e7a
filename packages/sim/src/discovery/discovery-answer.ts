import { createHash } from "node:crypto";
import type { JsonObject } from "@fairlead/apimachinery";
import { serverVersion } from "../data/builtin-resources.ts";
import { notAcceptable } from "../errors.ts";
import type { ResourceTable } from "../resources/resource.ts";
import { conversionOf, parseAccept, takes } from "./accept.ts";
import {
  aggregatedDiscovery,
  apiVersions,
  groupDocument,
  groupList,
  resourceList,
  rootPaths,
} from "./discovery-documents.ts";
import { jsonAnswer, taggedAnswer, type DocumentAnswer, type DocumentRequest } from "./document-answer.ts";

interface Cached {
  readonly generation: number;
  readonly bodies: Map<string, Uint8Array | undefined>;
  readonly etags: Map<string, string>;
}

const caches = new WeakMap<ResourceTable, Cached>();
const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/**
 * Answers `/`, `/version`, `/api`, `/apis` and what lies below them down to a group and version, with and without a slash at
 * the end; undefined for every other path, and for a group that is not served. Throws NotAcceptable when the client
 * takes no JSON.
 * @param serverAddress HOST:PORT, as `/api` tells it.
 */
export function discoveryAnswer(
  table: ResourceTable,
  request: DocumentRequest,
  serverAddress: string,
): DocumentAnswer | undefined {
  const path = request.path.length > 1 && request.path.endsWith("/") ? request.path.slice(0, -1) : request.path;
  const cached = cacheOf(table);
  if ((path === "/api" || path === "/apis") && wantsAggregated(request.accept)) {
    const id = `${path} aggregated`;
    const body = cachedBody(cached, id, () => aggregatedDiscovery(table, path === "/api" ? "api" : "apis"))!;
    const etag = cached.etags.get(id) ?? etagOf(body);
    cached.etags.set(id, etag);
    return taggedAnswer(request, etag, { "content-type": aggregatedType, "cache-control": "public" }, body);
  }
  const make = documentAt(table, path, serverAddress);
  if (make === undefined) return undefined;
  const body = cachedBody(cached, path === "/api" ? `${path} ${serverAddress}` : path, make);
  if (body === undefined) return undefined;
  if (!takesJson(request.accept)) throw notAcceptable(offered);
  return jsonAnswer(body);
}

const offered = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

function documentAt(
  table: ResourceTable,
  path: string,
  serverAddress: string,
): (() => JsonObject | string | undefined) | undefined {
  if (path === "/version") return () => serverVersion;
  if (path === "/") return () => JSON.stringify(rootPaths(table), null, 2);
  const [empty, root, first, second, ...more] = path.split("/");
  if (empty !== "" || more.length > 0) return undefined;
  if (root === "api" && first === undefined) return () => apiVersions(serverAddress);
  if (root === "api") return second === undefined ? () => resourceList(table, "", first!) : undefined;
  if (root !== "apis") return undefined;
  if (first === undefined) return () => groupList(table);
  // The core group lies below /api.
  if (first === "") return undefined;
  return second === undefined ? () => groupDocument(table, first) : () => resourceList(table, first, second);
}

/** As the server's: of the document without kind, apiVersion and the line's end. */
function etagOf(body: Uint8Array): string {
  const { metadata, items } = JSON.parse(Buffer.from(body).toString("utf8")) as JsonObject;
  return createHash("sha512").update(JSON.stringify({ metadata, items })).digest("hex").toUpperCase();
}

function wantsAggregated(accept: string): boolean {
  return parseAccept(accept).some((clause) => {
    const as = conversionOf(clause);
    const isAggregated =
      as?.group === "apidiscovery.k8s.io" && as.version === "v2" && as.kind === "APIGroupDiscoveryList";
    return isAggregated && takes(clause, "application", "json");
  });
}

function takesJson(accept: string): boolean {
  if (accept === "") return true;
  return parseAccept(accept).some(
    (clause) => takes(clause, "application", "json") && conversionOf(clause) === undefined,
  );
}

function cacheOf(table: ResourceTable): Cached {
  const known = caches.get(table);
  if (known?.generation === table.generation) return known;
  const fresh: Cached = { generation: table.generation, bodies: new Map(), etags: new Map() };
  caches.set(table, fresh);
  return fresh;
}

/** Only what exists is kept: paths are the client's. */
function cachedBody(
  { bodies }: Cached,
  id: string,
  make: () => JsonObject | string | undefined,
): Uint8Array | undefined {
  const known = bodies.get(id);
  if (known !== undefined) return known;
  const document = make();
  if (document === undefined) return undefined;
  const body = Buffer.from(typeof document === "string" ? document : `${JSON.stringify(document)}\n`);
  bodies.set(id, body);
  return body;
}
