import { get, type Change } from "@fairlead/apimachinery";
import { formatRef, type Finding, type KrmObject } from "@fairlead/krm";
import type { Resource } from "../../resource.ts";
import type { ApplySetOptions, ApplyStep } from "../apply-set.ts";
import { applyFinding } from "../findings.ts";
import type { Declared } from "./declarations.ts";
import { belongingOf, type Belonging, type KnownSet } from "./owners.ts";
import { toolName } from "./parent.ts";
import { maskChanges } from "./mask.ts";
import { placeOf } from "./phase.ts";
import { sharedFields } from "./shared-fields.ts";

/** Fields of a desired object that another manager has set to another value. */
export interface FieldConflict {
  readonly manager: string;
  /** As people read them: `spec.replicas`. */
  readonly fields: readonly string[];
}

/** What server-side apply would find, for the set's field manager. */
export interface Comparison {
  /** Whether values or their ownership would change. */
  readonly needed: boolean;
  /** From the observed object to what it becomes; empty when only ownership changes. */
  readonly changes?: readonly Change[];
  /** What the server would refuse without force. */
  readonly conflicts: readonly FieldConflict[];
}

export type Compare = (desired: KrmObject, observed: KrmObject, resource: Resource) => Comparison;

export interface ObjectContext {
  readonly options: ApplySetOptions;
  readonly id: string;
  readonly compare: Compare;
  readonly sets: ReadonlyMap<string, KnownSet>;
  readonly namespaces: ReadonlyMap<string, NamespaceState>;
}

/** Of a namespace that was looked at. */
export type NamespaceState = "active" | "terminating" | "absent";

interface Planned {
  readonly step: ApplyStep;
  readonly findings: readonly Finding[];
}

/** The step of one declared object. */
export function planObject(declared: Declared, observed: KrmObject | undefined, context: ObjectContext): Planned {
  const { ref, resource, desired } = declared;
  const { options, id, sets } = context;
  const base = { ...placeOf(ref), object: ref, resource, desired };
  if (observed === undefined) return { step: { kind: "create", ...base }, findings: [] };
  const home = ref.namespace === undefined ? undefined : context.namespaces.get(ref.namespace);
  if (isBeingDeleted(observed) || home === "terminating") {
    // It cannot be kept: what is applied to it goes with it.
    const reason = "it is being deleted, and is created again when it is gone";
    return { step: { kind: "create", ...base, observed, reason }, findings: [] };
  }
  const belonging = belongingOf(observed, {
    id,
    fieldManager: options.fieldManager,
    absorbs: options.absorbs ?? [],
    sets,
  });
  const objection = foreignness(belonging);
  if (objection !== undefined && !options.adopt) {
    const finding = applyFinding(objection.code, { message: `${formatRef(ref)} ${objection.text}`, object: ref });
    return { step: { kind: "conflict", ...base, observed, reason: objection.text }, findings: [finding] };
  }
  const { needed, changes, conflicts } = context.compare(desired, observed, resource);
  const family = toolName(options.tooling);
  const force =
    options.adopt || (belonging.kind === "absorbed" && conflicts.every(({ manager }) => isOf(manager, family)));
  if (conflicts.length > 0 && !force) {
    const reason = describe(conflicts);
    const message = `${formatRef(ref)}: ${reason}`;
    const finding = applyFinding("FL704", { message, object: ref });
    return { step: { kind: "conflict", ...base, observed, reason }, findings: [finding] };
  }
  const shared = options.adopt ? sharedFields(observed, options.fieldManager) : undefined;
  if (!needed && shared === undefined) return { step: { kind: "unchanged", ...base, observed }, findings: [] };
  const findings: Finding[] = [];
  const adopts = objection !== undefined || shared !== undefined || (options.adopt && conflicts.length > 0);
  if (adopts) {
    const others = `fields are also owned by ${shared?.managers.join(", ") ?? ""}`;
    const why =
      objection === undefined ? (conflicts.length > 0 ? describe(conflicts) : others) : `it ${objection.text}`;
    findings.push(applyFinding("FL719", { message: `${formatRef(ref)} is taken over: ${why}`, object: ref }));
  }
  const step: ApplyStep = {
    kind: "update",
    ...base,
    observed,
    ...(changes === undefined ? {} : { changes: maskChanges(changes, ref.kind) }),
    ...(conflicts.length > 0 ? { force: true } : {}),
    ...(adopts ? { adopts } : {}),
  };
  return { step, findings };
}

/** Managers of one tool: `fairlead`, `fairlead/workloads`. */
function isOf(manager: string, tool: string): boolean {
  return manager === tool || manager.startsWith(`${tool}/`);
}

function foreignness(belonging: Belonging): { code: "FL702" | "FL703"; text: string } | undefined {
  switch (belonging.kind) {
    case "ours":
    case "absorbed":
      return undefined;
    case "member":
      return { code: "FL703", text: `is a member of another apply set, ${belonging.set}` };
    case "foreign": {
      const owners = belonging.owners.length === 0 ? "nobody says who made it" : belonging.owners.join(", ");
      return { code: "FL702", text: `exists already and is not of this set (${owners})` };
    }
  }
}

function describe(conflicts: readonly FieldConflict[]): string {
  return conflicts.map(({ manager, fields }) => `${listed(fields)} set to another value by ${manager}`).join("; ");
}

const mostFields = 5;

function listed(fields: readonly string[]): string {
  const shown = fields.slice(0, mostFields).join(", ");
  return fields.length > mostFields ? `${shown} and ${fields.length - mostFields} more` : shown;
}

export function isBeingDeleted(object: KrmObject): boolean {
  return typeof get(object.metadata, "deletionTimestamp") === "string";
}
