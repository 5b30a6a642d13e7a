import { Buffer } from "node:buffer";
import { textOf, type JsonObject } from "@fairlead/apimachinery";
import { nameOf, namespaceOf } from "../api/registry/metadata.ts";
import type { ApiRequest } from "../api/request.ts";
import { apiVersionOf } from "../resources/resource.ts";
import type { Core } from "./core.ts";

export interface ApplyOptions {
  readonly fieldManager: string;
  readonly force?: boolean;
}

export type Applied =
  | { readonly kind: "applied"; readonly object: JsonObject; readonly created: boolean }
  /** The server's `Status`. */
  | { readonly kind: "refused"; readonly status: JsonObject };

const admin = { name: "admin", groups: ["system:masters", "system:authenticated"] };

/** A server-side apply by an administrator, without a socket. */
export async function applyObject(
  core: Core,
  object: JsonObject,
  { fieldManager, force = false }: ApplyOptions,
): Promise<Applied> {
  const resource = core.table.findKind(textOf(object["apiVersion"]), textOf(object["kind"]));
  if (resource === undefined) {
    const message = `no kind ${textOf(object["kind"])} in ${textOf(object["apiVersion"])} is served`;
    return { kind: "refused", status: { kind: "Status", apiVersion: "v1", status: "Failure", message, code: 404 } };
  }
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${apiVersionOf(resource)}`;
  const within = resource.namespaced ? `/namespaces/${namespaceOf(object) || "default"}` : "";
  const request: ApiRequest = {
    method: "PATCH",
    path: `${root}${within}/${resource.plural}/${nameOf(object)}`,
    query: new URLSearchParams({ fieldManager, ...(force ? { force: "true" } : {}) }),
    headers: { "content-type": "application/apply-patch+yaml", accept: "application/json" },
    body: Buffer.from(JSON.stringify(object)),
    user: admin,
    signal: new AbortController().signal,
  };
  const response = await core.handle(request);
  if (response.kind !== "body") throw new Error(`${request.path}: an apply has a body for an answer`);
  const answer = JSON.parse(Buffer.concat(response.body).toString("utf8")) as JsonObject;
  return response.status < 300
    ? { kind: "applied", object: answer, created: response.status === 201 }
    : { kind: "refused", status: answer };
}
