import { compareText } from "@fairlead/apimachinery";
import { formatRef, refKey, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import {
  idLabel,
  parentState,
  partOfLabel,
  servedKinds,
  type Client,
  type InformerScope,
  type Resource,
  type ServedKinds,
} from "@fairlead/kube";
import { apiVersion, kindNames } from "../../kinds/load.ts";
import { clusterFinding } from "../cluster/findings.ts";
import { namedObjects } from "../cluster/object-argument.ts";
import { configMapResource, workloadsOf } from "../cluster/resources.ts";
import { readScopes } from "./read.ts";
import { buildForest, declaredRoots, type StatusNode, type StatusRoot } from "./forest.ts";

/** What a command looks at in one cluster: which objects are read, and what is made of them. */
export interface StatusScope {
  readonly scopes: readonly InformerScope[];
  readonly findings: readonly Finding[];
  readonly forest: (objects: readonly KrmObject[], now: number) => readonly StatusNode[];
}

/** What was compiled, as roots. */
export interface FileRoot {
  readonly ref: ObjectRef;
  readonly members: readonly ObjectRef[];
  readonly declared: boolean;
}

/**
 * All declarations of the namespace, as far as they are in the cluster or something in it came from them: workloads, and
 * the members of the sets that were applied there.
 */
export async function wholeNamespace(client: Client, signal: AbortSignal | undefined): Promise<StatusScope> {
  const { namespace } = client.access;
  const served = await servedKinds(client);
  const whole = [...(await workloadsOf(client)), ...declaredKinds(served)].map((resource) => ({ resource, namespace }));
  return {
    scopes: [...whole, ...(await memberScopes(client, served, whole, signal))],
    findings: [],
    forest(objects, now) {
      // What has no namespace came from any.
      const roots = declaredRoots(
        objects.filter(({ metadata }) => metadata.namespace !== undefined),
        apiVersion,
      );
      // Bases and settings become nothing themselves.
      return buildForest(objects, roots, now).filter(
        ({ ref, children }) => children.length > 0 || !["Environment", "ContainerTemplate"].includes(ref.kind),
      );
    },
  };
}

export interface NamedScopeOptions {
  /** Whether to read not only the workloads that came from declarations, but all that did. */
  readonly members?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What arguments name, with what came from it. */
export async function namedScope(
  client: Client,
  names: readonly string[],
  { members = false, signal }: NamedScopeOptions = {},
): Promise<StatusScope> {
  const findings: Finding[] = [];
  const groups: StatusRoot[][] = [];
  const wanted: [ObjectRef, Resource | undefined][] = [];
  for (const name of names) {
    const named = await namedObjects(client, name);
    if (!Array.isArray(named)) {
      findings.push(named as Finding);
      continue;
    }
    groups.push(named.map(({ ref, declared }) => ({ ref, declared })));
    for (const { ref, resource } of named) wanted.push([ref, resource]);
  }
  const scopes = await scopesOf(client, wanted);
  if (members && groups.some((group) => group.some(({ declared }) => declared)))
    scopes.push(...(await memberScopes(client, await servedKinds(client), scopes, signal)));
  return {
    scopes,
    findings,
    forest(objects, now) {
      return groups.flatMap((group) => {
        const nodes = buildForest(objects, group, now);
        const there = nodes.filter(({ state }) => state !== "missing");
        return there.length > 0 ? there : nodes.slice(0, 1);
      });
    },
  };
}

function declaredKinds(served: ServedKinds): Resource[] {
  return kindNames.flatMap((kind) => served.find({ apiVersion, kind }) ?? []);
}

/**
 * The members of all sets of the namespace, of kinds that are not read as a whole anyway. Secrets are not read: a name
 * is all that could be shown of them.
 */
async function memberScopes(
  client: Client,
  served: ServedKinds,
  others: readonly InformerScope[],
  signal: AbortSignal | undefined,
): Promise<InformerScope[]> {
  const { namespace } = client.access;
  const sets: InformerScope = { resource: configMapResource, namespace, labelSelector: idLabel };
  const declarations = declaredKinds(served).map((resource) => ({ ...sets, resource }));
  // Who may not read the sets is told so when they are read with the rest.
  const { objects } = await readScopes(client, [sets, ...declarations], signal);
  const kinds = new Set(objects.flatMap((set) => parentState(set).kinds ?? []));
  const whole = new Set(others.filter(({ fieldSelector }) => fieldSelector === undefined).map(nameOf));
  const members = [...kinds]
    .sort(compareText)
    .flatMap((kind) => served.byGroupKind(kind) ?? [])
    .map((resource) => ({ resource, ...(resource.namespaced ? { namespace } : {}), labelSelector: partOfLabel }));
  return [sets, ...members.filter((scope) => scope.resource.kind !== "Secret" && !whole.has(nameOf(scope)))];
}

function nameOf({ resource: { group, kind } }: Pick<InformerScope, "resource">): string {
  return `${group}/${kind}`;
}

/** What files become. */
export async function fileScope(client: Client, roots: readonly FileRoot[]): Promise<StatusScope> {
  const place = (ref: ObjectRef, resource: Resource | undefined): ObjectRef =>
    ref.namespace === undefined && resource?.namespaced !== false
      ? { ...ref, namespace: client.access.namespace }
      : ref;
  const findings: Finding[] = [];
  const wanted: [ObjectRef, Resource | undefined][] = [];
  const placed = new Map<string, ObjectRef>();
  const declarations = new Set(roots.filter(({ declared }) => declared).map(({ ref }) => refKey(ref)));
  for (const ref of roots.flatMap((root) => [root.ref, ...root.members])) {
    const resource = await client.discovery.find(ref);
    if (resource === undefined && !declarations.has(refKey(ref))) {
      const message = `${client.access.name}: the cluster does not serve the kind of ${formatRef(ref)}`;
      findings.push(clusterFinding("FL764", { message, object: ref }));
    }
    placed.set(refKey(ref), place(ref, resource));
    wanted.push([placed.get(refKey(ref))!, resource]);
  }
  const at = (ref: ObjectRef): ObjectRef => placed.get(refKey(ref))!;
  const located = roots.map(({ ref, members, declared }) => ({ ref: at(ref), members: members.map(at), declared }));
  return {
    scopes: await scopesOf(client, wanted),
    findings,
    forest: (objects, now) => buildForest(objects, located, now),
  };
}

/** The workloads of each namespace as a whole, everything else by its name. */
async function scopesOf(
  client: Client,
  wanted: readonly (readonly [ObjectRef, Resource | undefined])[],
): Promise<InformerScope[]> {
  const workloads = await workloadsOf(client);
  const namespaces = new Set([client.access.namespace, ...wanted.flatMap(([{ namespace }]) => namespace ?? [])]);
  const scopes: InformerScope[] = [...namespaces].flatMap((namespace) =>
    workloads.map((resource) => ({ resource, namespace })),
  );
  const whole = new Set(workloads.map((resource) => nameOf({ resource })));
  const seen = new Set<string>();
  for (const [ref, resource] of wanted) {
    if (resource === undefined || whole.has(nameOf({ resource })) || seen.has(refKey(ref))) continue;
    seen.add(refKey(ref));
    const within = resource.namespaced && ref.namespace !== undefined ? { namespace: ref.namespace } : {};
    scopes.push({ resource, ...within, fieldSelector: `metadata.name=${ref.name}` });
  }
  return scopes;
}
