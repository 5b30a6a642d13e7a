import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { PlaneAccess } from "./access.ts";
import { mapBounded } from "./bounded.ts";
import { collectionPath, discover, resourceOf, type Resource } from "./discovery.ts";
import { RealPlaneError } from "./errors.ts";
import { request, type ApiAnswer } from "./request.ts";

export interface Verdict {
  readonly object: JsonObject;
  readonly accepted: boolean;
  /** False: the server has no such kind, so it had no say. */
  readonly known: boolean;
  /** HTTP status; 0 where no request was made. */
  readonly status: number;
  /** The object as the server would store it, or its Status. */
  readonly answer: JsonObject;
  /** Why it was refused; empty when accepted. */
  readonly reason: string;
}

const query = "dryRun=All&fieldValidation=Strict";

/**
 * What the server says to each object, none of which is stored: a create as a dry run, with unknown and duplicate
 * fields refused. Namespaces that the objects name are created first, for real. An object without the namespace that
 * its kind needs is judged in `default`.
 */
export async function dryRun(
  plane: PlaneAccess,
  objects: readonly JsonObject[],
  resources?: readonly Resource[],
): Promise<Verdict[]> {
  const known = resources ?? (await discover(plane));
  await createNamespaces(plane, known, objects);
  return await mapBounded(objects, 12, (object) => judge(plane, known, object));
}

async function judge(plane: PlaneAccess, resources: readonly Resource[], object: JsonObject): Promise<Verdict> {
  const resource = resourceOf(resources, { apiVersion: object["apiVersion"], kind: object["kind"] });
  if (resource === undefined) {
    const reason = `the server has no ${String(object["kind"])} in ${String(object["apiVersion"])}`;
    return { object, accepted: false, known: false, status: 0, answer: {}, reason };
  }
  const path = collectionPath(resource, namespaceOf(object));
  const body = JSON.stringify(object);
  let answer = await request(plane, { method: "POST", path: `${path}?${query}`, body });
  if (answer.status === 409 && reasonOf(answer) === "AlreadyExists") {
    // The namespaces of this run, and what every server has, such as `default`.
    const name = encodeURIComponent(String(get(object["metadata"], "name")));
    const contentType = "application/apply-patch+yaml";
    const target = `${path}/${name}?${query}&fieldManager=fairlead-test&force=true`;
    answer = await request(plane, { method: "PATCH", path: target, body, contentType });
  }
  const accepted = answer.status >= 200 && answer.status < 300;
  const parsed = parseObject(answer.text);
  const message = get(parsed, "message");
  const reason = accepted ? "" : typeof message === "string" ? message : answer.text.slice(0, 500);
  return { object, accepted, known: true, status: answer.status, answer: parsed, reason };
}

function reasonOf(answer: ApiAnswer): unknown {
  return get(parseObject(answer.text), "reason");
}

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function namespaceOf(object: JsonObject): string {
  const namespace = get(object["metadata"], "namespace");
  return typeof namespace === "string" && namespace !== "" ? namespace : "default";
}

async function createNamespaces(
  plane: PlaneAccess,
  resources: readonly Resource[],
  objects: readonly JsonObject[],
): Promise<void> {
  const names = new Set<string>();
  for (const object of objects) {
    const resource = resourceOf(resources, { apiVersion: object["apiVersion"], kind: object["kind"] });
    if (resource?.namespaced === true) names.add(namespaceOf(object));
  }
  await mapBounded([...names], 8, async (name) => {
    const body = JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    const answer = await request(plane, { method: "POST", path: "/api/v1/namespaces", body });
    // A name that is no namespace's is the object's fault: its own verdict says so.
    if (answer.status >= 300 && answer.status !== 409 && answer.status !== 422) {
      throw new RealPlaneError("unexpected-answer", `namespace ${name}: ${answer.status} ${answer.text.slice(0, 500)}`);
    }
  });
}

/** One line for people: `Deployment shop/orders: 422 …`. */
export function formatVerdict(verdict: Verdict): string {
  const { object } = verdict;
  const meta = object["metadata"];
  const name = String(get(meta, "name") ?? get(meta, "generateName") ?? "(unnamed)");
  return `${String(object["apiVersion"])} ${String(object["kind"])} ${namespaceOf(object)}/${name}: ${verdict.status} ${verdict.reason}`;
}
