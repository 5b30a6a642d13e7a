import type { ObjectRef } from "@fairlead/krm";
import type { Client } from "../client/client.ts";
import { apiVersionOf, type Resource } from "../resource.ts";
import type { ResourceLookup } from "./plan/custom-resource.ts";
import { parseGroupKind } from "./plan/parent.ts";
import { groupKind } from "./plan/phase.ts";

/** What a cluster serves, read once: lookups that need no more questions. */
export interface ServedKinds {
  readonly find: ResourceLookup;
  /** The preferred version of a `Kind.group`. */
  byGroupKind(groupKind: string): Resource | undefined;
  /** Whether the group of a `Kind.group` is served by a server that did not answer. */
  failed(groupKind: string): boolean;
  /** Every `Kind.group` whose objects can be listed and deleted. */
  listable(): readonly string[];
}

type Kind = Pick<ObjectRef, "apiVersion" | "kind">;

/** Reads what is served; a wanted kind that is not known is asked for, since its definition may be new. */
export async function servedKinds(client: Client, wanted: readonly Kind[] = []): Promise<ServedKinds> {
  const served = await readServed(client);
  const unknown = wanted.filter((kind) => served.find(kind) === undefined);
  // One question is enough: what is not served after it was asked for is not served.
  const found = unknown.length === 0 ? undefined : await client.discovery.find(unknown[0]!);
  return found === undefined && unknown.length < 2 ? served : readServed(client);
}

async function readServed(client: Client): Promise<ServedKinds> {
  const [resources, failures] = await Promise.all([client.discovery.resources(), client.discovery.failures()]);
  const byVersion = new Map<string, Resource>();
  const preferred = new Map<string, Resource>();
  for (const resource of resources) {
    const kind: Kind = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    const key = `${kind.apiVersion}|${kind.kind}`;
    // The preferred version of a group comes first, and a kind's main resource before what else answers with it.
    if (!byVersion.has(key)) byVersion.set(key, resource);
    if (!preferred.has(groupKind(kind))) preferred.set(groupKind(kind), resource);
  }
  const failedGroups = new Set([...failures.keys()].map((version) => version.split("/")[0]!));
  return {
    find: ({ apiVersion, kind }) => byVersion.get(`${apiVersion}|${kind}`),
    byGroupKind: (text) => preferred.get(text),
    failed: (text) => failedGroups.has(parseGroupKind(text).group),
    listable: () =>
      [...preferred]
        .filter(([, { verbs = [] }]) => verbs.includes("list") && verbs.includes("delete"))
        .map(([text]) => text),
  };
}
