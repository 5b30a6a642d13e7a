import type { JsonObject } from "@fairlead/apimachinery";
import { refOf, type KrmObject } from "@fairlead/krm";
import { isKubeError, type Client, type Resource } from "@fairlead/kube";
import { fieldManager } from "./apply.ts";

/** Holds a declaration until what it made elsewhere is gone. */
export const finalizer = "fairlead.dev/workloads";

export function finalizersOf(declaration: KrmObject): readonly string[] {
  const finalizers = declaration.metadata["finalizers"];
  return Array.isArray(finalizers) ? finalizers.filter((one) => typeof one === "string") : [];
}

const deadlineMs = 10_000;

/** Adds our finalizer, or takes it away; others stay. */
export async function writeFinalizer(
  client: Client,
  resource: Resource,
  declaration: KrmObject,
  wanted: boolean,
  signal: AbortSignal,
): Promise<void> {
  const object = onto(declaration, wanted ? { finalizers: [finalizer] } : {});
  await unlessGone(client.apply(resource, object, { fieldManager, force: true, signal, deadlineMs }));
}

export async function writeStatus(
  client: Client,
  resource: Resource,
  declaration: KrmObject,
  status: JsonObject,
  signal: AbortSignal,
): Promise<void> {
  const object = { ...onto(declaration, {}), status };
  const options = { fieldManager, force: true, subresource: "status", signal, deadlineMs };
  await unlessGone(client.apply(resource, object, options));
}

/** What is applied onto this very object, and not onto another one that comes to have its name. */
function onto(declaration: KrmObject, metadata: JsonObject): KrmObject {
  const { apiVersion, kind, name, namespace } = refOf(declaration);
  const uid = declaration.metadata["uid"] ?? "";
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }), uid, ...metadata } };
}

/** An object that has gone meanwhile needs nothing any more. */
async function unlessGone(write: Promise<KrmObject>): Promise<void> {
  try {
    await write;
  } catch (error) {
    // 409 for another uid: there is another object of this name, or none.
    if (!isKubeError(error, "not-found", "conflict")) throw error;
  }
}
