import type { JsonObject } from "@fairlead/apimachinery";
import type { Impersonate } from "../authn/impersonate.ts";
import type { Authorizer } from "../authz/authorizer.ts";
import type { Kinds } from "../resources/kind.ts";
import type { Resource, ResourceTable } from "../resources/resource.ts";
import type { ProtobufDecoder } from "./body.ts";
import type { Parts, Scope } from "./registry/parts.ts";
import type { TableOf } from "./representation.ts";
import type { ApiRequest, ApiResponse, RequestInfo, UpgradeResponse } from "./request.ts";

/** All that the handler of requests needs. */
export interface Server extends Parts {
  readonly table: ResourceTable;
  readonly kinds: Kinds;
  readonly authorizer: Authorizer;
  readonly impersonate: Impersonate;
  readonly tableOf: TableOf;
  readonly protobuf: ProtobufDecoder;
  /** Answers what is no resource: discovery, OpenAPI, version, health, metrics; undefined for other paths. */
  readonly documents: (request: ApiRequest) => Promise<ApiResponse | undefined>;
  /** Subresources that are no view of their object, by `pods/eviction`. */
  readonly subresources: ReadonlyMap<string, SubresourceHandler>;
  /** Resources that are created and answered but not stored, by `tokenreviews.authentication.k8s.io`. */
  readonly virtual: ReadonlyMap<string, VirtualHandler>;
  /** Refuses writes that would give away more than the writer has; throws 403. */
  readonly checkEscalation?: (scope: Scope, object: JsonObject, old: JsonObject | undefined) => void;
  /** What went wrong inside: a bug of the server's. */
  readonly onError: (error: unknown) => void;
}

export interface SubresourceCall {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly resource: Resource;
  readonly scope: Scope;
  /** The body, typed as the subresource's kind; undefined without a body. */
  readonly body: JsonObject | undefined;
}

export type SubresourceHandler = (server: Server, call: SubresourceCall) => Promise<Answer> | Answer;

type Answer = ApiResponse | UpgradeResponse;

export type VirtualHandler = (server: Server, call: SubresourceCall) => Promise<JsonObject> | JsonObject;
