import type { Clock, JsonObject, Resolve, Schema } from "@fairlead/apimachinery";
import type { Authorizer } from "../authz/authorizer.ts";
import type { Resource, ResourceTable } from "../resources/resource.ts";
import type { AdmissionContext } from "./admission.ts";

/** Where a webhook's Service is reached: TLS is spoken with the Service's name all the same. */
export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
}

/** What the plugins need of the server around them. */
export interface AdmissionHost {
  readonly context: AdmissionContext;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly resources: ResourceTable;
  /** An object as it comes out of decoding: without unknown fields, with the defaults of its kind. */
  readonly decode: (object: JsonObject, resource: Resource) => JsonObject;
  /** The object in another version of its resource. Throws ApiError. */
  readonly convert: (object: JsonObject, from: Resource, to: Resource) => JsonObject;
  /** Of an object of the resource, or of the body of one of its subresources. */
  readonly schemaOf: (
    resource: Resource,
    object: JsonObject,
  ) => { readonly schema: Schema | undefined; readonly resolve?: Resolve };
  /**
   * The address of a Service's endpoint. The message of an error that it throws is shown: `service "x" not found`,
   * `no endpoints available for service "x"`.
   */
  readonly resolveService: (namespace: string, name: string, port: number) => ServiceAddress;
}
