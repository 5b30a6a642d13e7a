import {
  applyDefaults,
  definition,
  isObject,
  validate,
  type FieldPath,
  type JsonObject,
  type Schema,
} from "@fairlead/apimachinery";
import type { Finding, ObjectMeta, ObjectRef } from "@fairlead/krm";
import type { Declaration } from "../plan/declaration.ts";
import { compatAnnotation } from "../plan/names.ts";
import { resolveBases, type Base, type Lookup } from "./bases.ts";
import type { Written } from "./decoded.ts";
import { inEnvironment } from "./environment.ts";
import { schemaFinding } from "./schema-finding.ts";

export interface Linked {
  readonly declarations: readonly Declaration[];
  /** What could not be compiled, of this and of earlier steps. */
  readonly broken: readonly ObjectRef[];
  readonly findings: readonly Finding[];
}

export interface LinkOptions {
  readonly environment: string | undefined;
  readonly compat: boolean;
  /** Objects of ours that could not be read. */
  readonly broken: readonly ObjectRef[];
}

/** Only our own fields get defaults here; Kubernetes' are the API server's, and would make every render longer. */
const ownDefaults = { resolve: () => undefined };

const containerLists = ["containers", "initContainers"] as const;

/** Merges environments and bases, then checks and defaults what came out. Abstract bases end here. */
export function link(written: readonly Written[], options: LinkOptions): Linked {
  const { environment, compat } = options;
  const findings: Finding[] = [];
  const broken: ObjectRef[] = [...options.broken];
  const patched = new Map(written.map((one) => [one, inEnvironment(one, environment)]));
  const bases = indexBases(patched, options.broken);
  const declarations: Declaration[] = [];
  for (const [one, start] of patched) {
    const linked = linkOne(one, start, bases, compat);
    findings.push(...linked.findings);
    if (linked.declaration !== undefined) declarations.push(linked.declaration);
    if (linked.broken) broken.push(one.ref);
  }
  return { declarations, broken, findings };
}

export interface LinkedOne {
  /** Absent if it is broken, abstract, or a template. */
  readonly declaration?: Declaration;
  readonly broken: boolean;
  readonly findings: readonly Finding[];
}

/** Links one declaration; `start` is its spec with the environment's patch merged in. */
export function linkOne(one: Written, start: JsonObject, bases: Bases, compat: boolean): LinkedOne {
  const findings: Finding[] = [];
  const specSchema = one.kind.schema.properties!["spec"]!;
  let spec: JsonObject | undefined = start;
  if (spec["extends"] !== undefined) {
    const who = { ref: one.ref, field: ["spec", "extends"], kind: one.ref.kind, names: bases.names(one.ref.kind) };
    const resolution = resolveBases(spec, who, bases.lookup(one.ref.kind), specSchema);
    findings.push(...resolution.findings);
    spec = resolution.spec;
  }
  if (one.ref.kind === "ContainerTemplate" || start["abstract"] === true) return { broken: false, findings };
  if (spec !== undefined) spec = withTemplates(spec, one, bases, specSchema, findings);
  if (spec === undefined) return { broken: true, findings };
  if (spec !== one.object["spec"]) {
    const problems = validate(spec, specSchema, { resolve: definition });
    for (const problem of problems) {
      findings.push(schemaFinding({ ...problem, path: ["spec", ...problem.path] }, one.ref));
    }
    if (problems.length > 0) return { broken: true, findings };
  }
  const declaration = declarationOf(one, applyDefaults(spec, specSchema, ownDefaults) as JsonObject, compat);
  return { declaration, broken: false, findings };
}

function declarationOf(one: Written, spec: JsonObject, compat: boolean): Declaration {
  const metadata: ObjectMeta = one.object.metadata;
  return {
    ref: one.ref,
    kind: one.ref.kind,
    name: one.ref.name,
    namespace: one.ref.namespace,
    metadata,
    spec,
    compat: compat || metadata.annotations?.[compatAnnotation] === "krm-functions",
  };
}

/** Finds what can be extended. */
export interface Bases {
  lookup(kind: string): Lookup;
  names(kind: string): () => readonly string[];
}

function indexBases(patched: ReadonlyMap<Written, JsonObject>, broken: readonly ObjectRef[]): Bases {
  const byKey = new Map<string, Base | "broken">();
  const names = new Map<string, string[]>();
  const key = (kind: string, namespace: string | undefined, name: string) => `${kind}|${namespace ?? ""}|${name}`;
  for (const ref of broken) byKey.set(key(ref.kind, ref.namespace, ref.name), "broken");
  for (const [{ ref }, spec] of patched) {
    byKey.set(key(ref.kind, ref.namespace, ref.name), { ref, spec });
    const list = names.get(ref.kind);
    if (list === undefined) names.set(ref.kind, [ref.name]);
    else list.push(ref.name);
  }
  return {
    lookup: (kind) => (namespace, name) =>
      byKey.get(key(kind, namespace, name)) ?? byKey.get(key(kind, undefined, name)),
    names: (kind) => () => names.get(kind) ?? [],
  };
}

/** Replaces each container that extends a ContainerTemplate by the merged one; undefined when one cannot be. */
function withTemplates(
  spec: JsonObject,
  one: Written,
  bases: Bases,
  schema: Schema,
  findings: Finding[],
): JsonObject | undefined {
  let result = spec;
  let failed = false;
  for (const list of containerLists) {
    const containers = spec[list];
    if (!Array.isArray(containers)) continue;
    const itemSchema = schema.properties?.[list]?.items;
    if (itemSchema === undefined) continue;
    let changed = false;
    const merged = containers.map((container, index) => {
      if (!isObject(container) || container["extends"] === undefined) return container;
      const field: FieldPath = ["spec", list, index, "extends"];
      const who = { ref: one.ref, field, kind: "ContainerTemplate", names: bases.names("ContainerTemplate") };
      const resolution = resolveBases(container, who, bases.lookup("ContainerTemplate"), itemSchema);
      findings.push(...resolution.findings);
      changed = true;
      failed ||= resolution.spec === undefined;
      return resolution.spec ?? container;
    });
    if (changed) result = { ...result, [list]: merged };
  }
  return failed ? undefined : result;
}
