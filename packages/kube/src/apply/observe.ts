import { get } from "@fairlead/apimachinery";
import { refKey, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import type { CallOptions, Client } from "../client/client.ts";
import { isKubeError } from "../errors.ts";
import { refTo, type Resource } from "../resource.ts";
import type { ApplySetOptions } from "./apply-set.ts";
import { bounded } from "./bounded.ts";
import { failureText } from "./failure-text.ts";
import { applyFinding } from "./findings.ts";
import { withCustomResources, type ResourceLookup } from "./plan/custom-resource.ts";
import { labelOf, type KnownSet } from "./plan/owners.ts";
import {
  applySetId,
  type Extent,
  idLabel,
  parentState,
  partOfLabel,
  sorted,
  toolingAnnotation,
} from "./plan/parent.ts";
import { groupKind } from "./plan/phase.ts";
import type { NamespaceState } from "./plan/plan-object.ts";
import { readTargets, type Target } from "./read-targets.ts";
import { servedKinds, type ServedKinds } from "./served-kinds.ts";

/** What was seen of the cluster: the inputs of `planApply` that come from it. */
export interface Observation {
  readonly parent?: KrmObject;
  readonly observed: readonly KrmObject[];
  readonly members: readonly KrmObject[];
  readonly resources: ResourceLookup;
  readonly sets: ReadonlyMap<string, KnownSet>;
  readonly namespaces: ReadonlyMap<string, NamespaceState>;
  /** False: part of the set could not be read, so nothing may be deleted. `findings` say why. */
  readonly complete: boolean;
  readonly findings: readonly Finding[];
}

export interface ObserveOptions extends Pick<CallOptions, "signal" | "deadlineMs"> {
  /** How many requests run at once; 16 unless told. */
  readonly concurrency?: number;
}

const concurrencyUnlessTold = 16;

/**
 * Reads what a plan needs: the parent; every member, by one paged list for each kind and namespace that the parent
 * names or an object is desired in; the desired objects that are no members yet. A desired object that cannot be read
 * is an error (KubeError); a kind of earlier members that cannot be listed makes the view incomplete.
 */
export async function observe(
  client: Client,
  desired: readonly KrmObject[],
  options: ApplySetOptions,
  { concurrency = concurrencyUnlessTold, ...call }: ObserveOptions = {},
): Promise<Observation> {
  const { parent } = options;
  const id = applySetId(parent);
  const [found, served] = await Promise.all([
    client.find(parent.resource, parent.key, call),
    servedKinds(client, desired),
  ]);
  const coming = withCustomResources(served.find, desired);
  const wanted = targetsOf(desired, served.find, options);
  const findings: Finding[] = [];

  const scopes = scopesOf(found, wanted, served, parent.key.namespace);
  findings.push(...scopes.findings);
  const lists = await bounded(scopes.resources, concurrency, (resource) =>
    listMembers(client, { resource, namespaces: scopes.namespaces, id, concurrency, findings }, call),
  );
  const members = lists.flat();
  const known = new Set(members.map((member) => `${member.apiVersion}|${refKey(refOf(member))}`));
  const missing = wanted.filter(({ ref }) => !known.has(`${ref.apiVersion}|${refKey(ref)}`));
  const observed = await readTargets(client, missing, concurrency, call);
  const [sets, namespaces] = await Promise.all([
    setsOf(client, observed, id, options, call),
    namespacesOf(client, wanted, options, call),
  ]);
  return {
    ...(found === undefined ? {} : { parent: found }),
    observed,
    members,
    resources: coming,
    sets,
    namespaces,
    complete: findings.length === 0,
    findings,
  };
}

/** The members of some kinds in some namespaces, as far as they can be read. */
export async function findMembers(
  client: Client,
  { kinds, namespaces }: Extent,
  { parent }: ApplySetOptions,
  { concurrency = concurrencyUnlessTold, ...call }: ObserveOptions = {},
): Promise<KrmObject[]> {
  const served = await servedKinds(client);
  const resources = kinds.flatMap((kind) => served.byGroupKind(kind) ?? []);
  const listing = { namespaces, id: applySetId(parent), concurrency, findings: [] };
  const lists = await bounded(resources, concurrency, (resource) =>
    listMembers(client, { ...listing, resource }, call),
  );
  return lists.flat();
}

/** The desired objects that may be in the cluster: named, and of a kind that it serves. */
function targetsOf(desired: readonly KrmObject[], find: ResourceLookup, options: ApplySetOptions): Target[] {
  const targets = new Map<string, Target>();
  for (const object of desired) {
    const resource = find(object);
    const { name, namespace: given } = refOf(object);
    const namespace = resource?.namespaced === true ? (given ?? options.namespace) : undefined;
    if (resource === undefined || name === "" || (resource.namespaced && namespace === undefined)) continue;
    const key = namespace === undefined ? { name } : { name, namespace };
    const ref = refTo(resource, key);
    targets.set(refKey(ref), { ref, resource, key });
  }
  return [...targets.values()];
}

/** Where members may be: what the parent names, which covers every earlier run, and where objects are desired. */
function scopesOf(
  parent: KrmObject | undefined,
  wanted: readonly Target[],
  served: ServedKinds,
  ownNamespace: string | undefined,
): { resources: Resource[]; namespaces: string[]; findings: Finding[] } {
  const state = parent === undefined ? undefined : parentState(parent);
  const findings: Finding[] = [];
  const resources = new Map<string, Resource>();
  for (const { resource, ref } of wanted) resources.set(groupKind(ref), resource);
  const silent = state !== undefined && state.tooling !== undefined && state.kinds === undefined;
  for (const kind of silent ? served.listable() : (state?.kinds ?? [])) {
    if (resources.has(kind)) continue;
    const resource = served.byGroupKind(kind);
    if (resource !== undefined) resources.set(kind, resource);
    else if (served.failed(kind)) {
      const message = `members of the kind ${kind} cannot be read: the server of its API group does not answer`;
      const hint = `See \`kubectl get apiservices\` for what that server says, repair it, and run this again.`;
      findings.push(applyFinding("FL708", { message, hint }));
    }
  }
  const inNamespaces = wanted.flatMap(({ key }) => key.namespace ?? []);
  const namespaces = sorted([
    ...inNamespaces,
    ...(state?.namespaces ?? []),
    ...(state !== undefined && ownNamespace !== undefined ? [ownNamespace] : []),
  ]);
  return { resources: [...resources.values()], namespaces, findings };
}

interface Listing {
  readonly resource: Resource;
  readonly namespaces: readonly string[];
  readonly id: string;
  readonly concurrency: number;
  /** What could not be read is added here. */
  readonly findings: Finding[];
}

/** From here on one list of all namespaces is cheaper than one for each. */
const manyNamespaces = 4;

async function listMembers(client: Client, listing: Listing, call: CallOptions): Promise<KrmObject[]> {
  const { resource, namespaces, concurrency } = listing;
  if (!resource.namespaced) return listIn(client, listing, undefined, call);
  if (namespaces.length >= manyNamespaces) {
    try {
      const within = new Set(namespaces);
      const all = await pagesOf(client, listing, undefined, call);
      return all.filter(({ metadata }) => within.has(metadata.namespace ?? ""));
    } catch (error) {
      // Who may not read the whole cluster may still read these namespaces.
      if (!isKubeError(error, "forbidden")) throw error;
    }
  }
  const lists = await bounded(namespaces, concurrency, (namespace) => listIn(client, listing, namespace, call));
  return lists.flat();
}

async function listIn(
  client: Client,
  listing: Listing,
  namespace: string | undefined,
  call: CallOptions,
): Promise<KrmObject[]> {
  try {
    return await pagesOf(client, listing, namespace, call);
  } catch (error) {
    if (!isKubeError(error, "forbidden", "not-found", "unsupported")) throw error;
    // A custom kind whose definition has just gone has no members.
    if (error.code !== "not-found") listing.findings.push(unseen(listing.resource, namespace, error));
    return [];
  }
}

async function pagesOf(
  client: Client,
  { resource, id }: Listing,
  namespace: string | undefined,
  call: CallOptions,
): Promise<KrmObject[]> {
  const scope = namespace === undefined ? {} : { namespace };
  const members: KrmObject[] = [];
  for await (const page of client.pages(resource, { ...call, ...scope, labelSelector: `${partOfLabel}=${id}` })) {
    members.push(...page.items);
  }
  return members;
}

function unseen({ kind, plural, group }: Resource, namespace: string | undefined, error: unknown): Finding {
  const where = namespace === undefined ? "" : ` in the namespace ${namespace}`;
  return applyFinding("FL708", {
    message: `members of the kind ${kind}${where} cannot be read: ${failureText(error)}`,
    hint: `Ask for the permission to list ${group === "" ? plural : `${plural}.${group}`}${where}, and run this again.`,
  });
}

/** The parents of the sets that objects of other sets belong to: ConfigMaps, Secrets, and whatever ours is. */
async function setsOf(
  client: Client,
  observed: readonly KrmObject[],
  id: string,
  { parent }: ApplySetOptions,
  call: CallOptions,
): Promise<Map<string, KnownSet>> {
  const sets = new Map<string, KnownSet>();
  const members = observed.filter((object) => ![undefined, "", id].includes(labelOf(object, partOfLabel)));
  if (members.length === 0) return sets;
  const ids = sorted(members.map((object) => labelOf(object, partOfLabel)!));
  const config = { group: "", version: "v1", namespaced: true };
  const kinds: Resource[] = [
    { ...config, kind: "ConfigMap", plural: "configmaps" },
    { ...config, kind: "Secret", plural: "secrets" },
    ...(parent.declared === true ? [parent.resource] : []),
  ];
  const namespaces = sorted([...members, { metadata: parent.key }].flatMap(({ metadata }) => metadata.namespace ?? []));
  const labelSelector = `${idLabel} in (${ids.join(",")})`;
  // It is for a message only: whoever may not read them sees the id instead of the name.
  const list = async (resource: Resource, scope: { namespace?: string }): Promise<readonly KrmObject[] | undefined> => {
    try {
      return (await client.list(resource, { ...call, ...scope, labelSelector })).items;
    } catch (error) {
      if (!isKubeError(error, "forbidden", "not-found", "unsupported")) throw error;
      return undefined;
    }
  };
  for (const resource of kinds) {
    const everywhere = await list(resource, {});
    const found =
      everywhere ??
      (await bounded(
        namespaces,
        concurrencyUnlessTold,
        async (namespace) => (await list(resource, { namespace })) ?? [],
      ));
    for (const item of found.flat()) remember(sets, item);
  }
  return sets;
}

function remember(sets: Map<string, KnownSet>, item: KrmObject): void {
  const tooling = get(get(item.metadata, "annotations"), toolingAnnotation);
  const id = labelOf(item, idLabel);
  if (id !== undefined) sets.set(id, { parent: refOf(item), ...(typeof tooling === "string" ? { tooling } : {}) });
}

const namespaceResource: Resource = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
};

async function namespacesOf(
  client: Client,
  wanted: readonly Target[],
  { parent }: ApplySetOptions,
  call: CallOptions,
): Promise<Map<string, NamespaceState>> {
  const states = new Map<string, NamespaceState>();
  const names = sorted([...wanted, parent].flatMap(({ key }) => key.namespace ?? []));
  await bounded(names, concurrencyUnlessTold, async (name) => {
    try {
      const namespace = await client.find(namespaceResource, { name }, call);
      if (namespace === undefined) states.set(name, "absent");
      else states.set(name, get(get(namespace, "status"), "phase") === "Terminating" ? "terminating" : "active");
    } catch (error) {
      // Users of one namespace may often not read it: then the server says what is missing.
      if (!isKubeError(error, "forbidden")) throw error;
    }
  });
  return states;
}
