import type { ServedResource } from "./discovery.ts";
import { packed, type Source } from "./source.ts";

interface ServerObject {
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string; readonly resourceVersion: string };
  readonly [field: string]: unknown;
}

/** What depends on the server's address, its certificates or its process. */
const ofThisServer = new Set([
  "/api/v1/componentstatuses",
  "/api/v1/configmaps",
  "/api/v1/endpoints",
  "/api/v1/events",
  "/api/v1/services",
  "/apis/coordination.k8s.io/v1/leases",
  "/apis/discovery.k8s.io/v1/endpointslices",
  "/apis/events.k8s.io/v1/events",
  "/apis/networking.k8s.io/v1/ipaddresses",
]);

const timeFields = new Set(["creationTimestamp", "time", "lastTransitionTime"]);

/** Every object that a fresh server creates for itself, in the order of discovery and names, without uids, versions and times. */
export async function bootstrapFile(source: Source, served: readonly ServedResource[]): Promise<string> {
  const found: unknown[] = [];
  for (const { group, version, root, resource } of served) {
    const path = `${root}/${resource.resource}`;
    if (!resource.verbs.includes("list") || ofThisServer.has(path)) continue;
    const { items } = await source.json<{ items: readonly ServerObject[] }>(path);
    const apiVersion = group === "" ? version : `${group}/${version}`;
    for (const { metadata, ...rest } of items) {
      const { uid: _uid, resourceVersion: _resourceVersion, ...kept } = metadata;
      found.push(withoutTimes({ apiVersion, kind: resource.responseKind.kind, metadata: kept, ...rest }));
    }
  }
  const text = found.map((object) => JSON.stringify(object)).join("\n");
  return `/** ${found.length} objects. */\nexport const packed =\n  "${packed(Buffer.from(text))}";\n`;
}

/** Times become empty texts: whoever creates the objects fills them in. */
function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      timeFields.has(key) && typeof one === "string" ? "" : withoutTimes(one),
    ]),
  );
}
