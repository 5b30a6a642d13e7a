import { formatRef, refKey, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import type { Client, InformerScope, Resource } from "@fairlead/kube";
import { apiVersion, kindNames } from "../../kinds/load.ts";
import { clusterFinding } from "../cluster/findings.ts";
import { namedObjects } from "../cluster/object-argument.ts";
import { workloadsOf } from "../cluster/resources.ts";
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

/** All declarations of the namespace. */
export async function wholeNamespace(client: Client): Promise<StatusScope> {
  const { namespace } = client.access;
  const served = await Promise.all(kindNames.map((kind) => client.discovery.find({ apiVersion, kind })));
  const resources = [...(await workloadsOf(client)), ...served.filter((resource) => resource !== undefined)];
  return {
    scopes: resources.map((resource) => ({ resource, namespace })),
    findings: [],
    forest: (objects, now) =>
      // Bases and settings become nothing themselves.
      buildForest(objects, declaredRoots(objects, apiVersion), now).filter(
        ({ ref, children }) => children.length > 0 || !["Environment", "ContainerTemplate"].includes(ref.kind),
      ),
  };
}

/** What arguments name. */
export async function namedScope(client: Client, names: readonly string[]): Promise<StatusScope> {
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
  return {
    scopes: await scopesOf(client, wanted),
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
  const whole = new Set(workloads.map(({ group, kind }) => `${group}/${kind}`));
  const seen = new Set<string>();
  for (const [ref, resource] of wanted) {
    if (resource === undefined || whole.has(`${resource.group}/${resource.kind}`) || seen.has(refKey(ref))) continue;
    seen.add(refKey(ref));
    const within = resource.namespaced && ref.namespace !== undefined ? { namespace: ref.namespace } : {};
    scopes.push({ resource, ...within, fieldSelector: `metadata.name=${ref.name}` });
  }
  return scopes;
}
