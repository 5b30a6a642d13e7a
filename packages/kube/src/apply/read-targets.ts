import { refKey, refOf, type KrmObject, type ObjectRef } from "@fairlead/krm";
import type { CallOptions, Client } from "../client/client.ts";
import { isKubeError } from "../errors.ts";
import type { ObjectKey, Resource } from "../resource.ts";
import { bounded } from "./bounded.ts";

/** An object that may be in the cluster. */
export interface Target {
  readonly ref: ObjectRef;
  readonly resource: Resource;
  readonly key: ObjectKey;
}

/** From here on one list is cheaper than a question for each. */
const manyTargets = 10;

/**
 * Reads the objects that are there. Where many of one kind and namespace are wanted, one page of the collection is read
 * first: most often a set comes into a namespace that has little else, and one answer tells of all.
 */
export async function readTargets(
  client: Client,
  targets: readonly Target[],
  concurrency: number,
  call: CallOptions,
): Promise<KrmObject[]> {
  const groups = [
    ...Map.groupBy(targets, ({ resource: { group, version, plural }, key }) =>
      [group, version, plural, key.namespace ?? ""].join("|"),
    ).values(),
  ];
  const large = groups.filter((group) => group.length >= manyTargets);
  const found: KrmObject[] = [];
  const settled = new Set<Target>();
  await bounded(large, concurrency, async (group) => {
    const page = await firstPage(client, group, call);
    if (page === undefined) return;
    const byKey = new Map(page.items.map((item) => [refKey(refOf(item)), item]));
    for (const target of group) {
      const object = byKey.get(refKey(target.ref));
      if (object === undefined && !page.isWhole) continue;
      settled.add(target);
      if (object !== undefined) found.push(object);
    }
  });
  const rest = targets.filter((target) => !settled.has(target));
  const single = await bounded(rest, concurrency, ({ resource, key }) => client.find(resource, key, call));
  return [...found, ...single.filter((object) => object !== undefined)];
}

async function firstPage(
  client: Client,
  group: readonly Target[],
  call: CallOptions,
): Promise<{ items: readonly KrmObject[]; isWhole: boolean } | undefined> {
  const { resource, key } = group[0]!;
  const scope = key.namespace === undefined ? {} : { namespace: key.namespace };
  try {
    const page = await client.list(resource, { ...call, ...scope, limit: 2 * group.length });
    return { items: page.items, isWhole: page.continue === undefined };
  } catch (error) {
    // Who may not list may still be allowed to get; and a kind that is just coming has no objects.
    if (isKubeError(error, "forbidden", "not-found")) return undefined;
    throw error;
  }
}
