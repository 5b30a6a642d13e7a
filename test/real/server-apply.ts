import { setTimeout as sleep } from "node:timers/promises";
import { get, isObject, type JsonObject, type Resolve, type Schema } from "@fairlead/apimachinery";
import type { PlaneAccess } from "../../scripts/real/access.ts";
import { collectionPath, resourceOf, type Resource } from "../../scripts/real/discovery.ts";
import { request, type ApiAnswer } from "../../scripts/real/request.ts";

export interface ApplyRequest {
  readonly manager: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface ObjectAnswer {
  readonly status: number;
  /** The object, or the server's Status. */
  readonly object: JsonObject;
}

export function readObject({ status, text }: ApiAnswer): ObjectAnswer {
  try {
    const value: unknown = JSON.parse(text);
    return { status, object: isObject(value) ? value : {} };
  } catch {
    return { status, object: { message: text } };
  }
}

/** `/apis/apps/v1/namespaces/NS/deployments/NAME`; undefined for a kind that the server has not. */
export function objectPath(resources: readonly Resource[], object: JsonObject): string | undefined {
  const resource = resourceOf(resources, { apiVersion: object["apiVersion"], kind: object["kind"] });
  const { name, namespace } = (object["metadata"] ?? {}) as { name?: string; namespace?: string };
  if (resource === undefined || name === undefined) return undefined;
  return `${collectionPath(resource, namespace || "default")}/${encodeURIComponent(name)}`;
}

/** One server-side apply. */
export async function serverApply(
  plane: PlaneAccess,
  path: string,
  object: JsonObject,
  { manager, force = false, dryRun = false }: ApplyRequest,
): Promise<ObjectAnswer> {
  const query = new URLSearchParams({ fieldManager: manager, ...(force ? { force: "true" } : {}) });
  if (dryRun) query.set("dryRun", "All");
  return readObject(
    await request(plane, {
      method: "PATCH",
      path: `${path}?${query.toString()}`,
      body: JSON.stringify(object),
      contentType: "application/apply-patch+yaml",
    }),
  );
}

/** The part of an answer's `managedFields` that one applier has. */
export function appliedFields(object: JsonObject, manager: string): JsonObject | undefined {
  const list = get(object["metadata"], "managedFields");
  if (!Array.isArray(list)) return undefined;
  const entry = list.find(
    (one) => get(one, "manager") === manager && get(one, "operation") === "Apply" && !get(one, "subresource"),
  );
  const fields = get(entry, "fieldsV1");
  return isObject(fields) ? fields : entry === undefined ? undefined : {};
}

export interface PublishedSchema {
  readonly schema: Schema;
  readonly resolve: Resolve;
}

interface OpenApiDocument {
  readonly components?: {
    readonly schemas?: {
      readonly [name: string]: Schema & {
        readonly "x-kubernetes-group-version-kind"?: readonly { group: string; version: string; kind: string }[];
      };
    };
  };
}

interface Published {
  readonly schemas: NonNullable<NonNullable<OpenApiDocument["components"]>["schemas"]>;
  readonly resolve: Resolve;
}

/** The schemas that the server publishes under /openapi/v3. Resolves once it publishes one for the object's kind. */
export function publishedSchemas(plane: PlaneAccess): (object: JsonObject) => Promise<PublishedSchema | undefined> {
  const documents = new Map<string, Promise<Published>>();
  return async ({ apiVersion, kind }) => {
    if (typeof apiVersion !== "string") return undefined;
    const root = apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`;
    // The document of a group lags behind its CustomResourceDefinitions.
    for (let attempt = 0; attempt < 100; attempt++) {
      const document = documents.get(root) ?? fetchDocument(plane, root);
      documents.set(root, document);
      const { schemas, resolve } = await document;
      const schema = Object.values(schemas).find((one) =>
        one["x-kubernetes-group-version-kind"]?.some(
          (gvk) => gvk.kind === kind && (gvk.group === "" ? gvk.version : `${gvk.group}/${gvk.version}`) === apiVersion,
        ),
      );
      if (schema !== undefined) return { schema, resolve };
      documents.delete(root);
      await sleep(100);
    }
    return undefined;
  };
}

async function fetchDocument(plane: PlaneAccess, root: string): Promise<Published> {
  const answer = await request(plane, { path: `/openapi/v3/${root}` });
  const document = (answer.status === 200 ? JSON.parse(answer.text) : {}) as OpenApiDocument;
  const schemas = document.components?.schemas ?? {};
  return { schemas, resolve: (name) => (Object.hasOwn(schemas, name) ? schemas[name] : undefined) };
}
