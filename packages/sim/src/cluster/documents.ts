import { Buffer } from "node:buffer";
import type { Clock, JsonObject } from "@fairlead/apimachinery";
import type { ApiRequest, ApiResponse } from "../api/request.ts";
import { notAcceptable } from "../errors.ts";
import { openidMetadata } from "../authn/openid-metadata.ts";
import type { SigningKeys } from "../authn/signing-keys.ts";
import { discoveryAnswer } from "../discovery/discovery-answer.ts";
import { createOpenApi, type OpenApi } from "../openapi/openapi-answer.ts";
import type { ResourceTable } from "../resources/resource.ts";
import type { Store } from "../store/store.ts";

export interface DocumentParts {
  readonly table: ResourceTable;
  readonly store: Store;
  readonly clock: Clock;
  readonly address: () => string;
  /** Of service accounts, for those who verify their tokens elsewhere. */
  readonly keys: SigningKeys;
  readonly issuer: string;
}

const text = "text/plain; charset=utf-8";
const health = new Set(["/healthz", "/livez", "/readyz"]);

/** Discovery, OpenAPI, version, health and metrics. */
export function documentsOf({
  table,
  store,
  address,
  keys,
  issuer,
}: DocumentParts): (request: ApiRequest) => Promise<ApiResponse | undefined> {
  let openApi: { readonly generation: number; readonly answers: OpenApi } | undefined;
  return async ({ path, query, headers }) => {
    if (health.has(path)) return plain("ok");
    if (path === "/openid/v1/jwks")
      return published(headers, "application/jwk-set+json", openidMetadata(keys, issuer, address()).keySet);
    if (path === "/.well-known/openid-configuration") {
      return published(headers, "application/json", openidMetadata(keys, issuer, address()).configuration);
    }
    if (path === "/metrics") return plain(metrics(store));
    const [accept, ifNoneMatch] = [headers["accept"], headers["if-none-match"]].map((one) =>
      typeof one === "string" ? one : "",
    );
    const request = { path, query, accept: accept!, ifNoneMatch: ifNoneMatch! };
    const discovered = discoveryAnswer(table, request, address());
    if (discovered === undefined && openApi?.generation !== table.generation && path.startsWith("/openapi")) {
      const definitions = [...store.range("customresourcedefinitions.apiextensions.k8s.io")].map((one) => one.object);
      openApi = { generation: table.generation, answers: createOpenApi(definitions) };
    }
    const found = discovered ?? (path.startsWith("/openapi") ? await openApi?.answers.answer(request) : undefined);
    if (found === undefined) return undefined;
    const { "content-type": contentType = text, ...rest } = found.headers as Record<string, string>;
    return { kind: "body", status: found.status, contentType, body: [found.body], headers: rest };
  };
}

/** Given to whoever names its type, or takes anything; throws 406 for others. */
function published({ accept }: ApiRequest["headers"], contentType: string, value: JsonObject): ApiResponse {
  const types = typeof accept === "string" && accept !== "" ? accept.split(",") : ["*/*"];
  const isTaken = types.some((one) => ["*/*", contentType].includes(one.split(";")[0]!.trim()));
  if (!isTaken) throw notAcceptable([contentType]);
  const headers = { "cache-control": "public, max-age=3600" };
  return { kind: "body", status: 200, contentType, body: [Buffer.from(JSON.stringify(value))], headers };
}

function plain(body: string): ApiResponse {
  return { kind: "body", status: 200, contentType: text, body: [Buffer.from(body)] };
}

function metrics(store: Store): string {
  const lines = [
    "# HELP apiserver_storage_objects Number of stored objects at the time of last check split by kind.",
    "# TYPE apiserver_storage_objects gauge",
    ...store
      .collections()
      .map((name) => `apiserver_storage_objects{resource=${JSON.stringify(name)}} ${store.count(name)}`),
  ];
  return `${lines.join("\n")}\n`;
}
