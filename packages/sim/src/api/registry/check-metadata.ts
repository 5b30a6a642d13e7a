import {
  dns1123LabelProblem,
  dns1123SubdomainProblem,
  equal,
  get,
  labelKeyProblem,
  textOf,
  type JsonObject,
} from "@fairlead/apimachinery";
import type { FieldProblem } from "../../errors.ts";
import { forbiddenValue, invalidValue, requiredValue } from "../../field-problem.ts";
import { annotationProblems, labelProblems, objections } from "../../label-problems.ts";
import type { Resource } from "../../resources/resource.ts";
import type { Strategy } from "../../strategies/strategy.ts";
import { finalizersOf, metadataOf } from "./metadata.ts";

/** Names that the generic part of an update takes: all that can stand in a path. */
export function pathSegmentProblem(name: string): string | undefined {
  if (name === "." || name === "..") return `may not be '${name}'`;
  const found = ["/", "%"].find((one) => name.includes(one));
  return found === undefined ? undefined : `may not contain '${found}'`;
}

/** What the checks need to know of a kind. */
export interface MetadataKind {
  readonly resource: Pick<Resource, "namespaced" | "definition" | "group">;
  readonly strategy: Pick<Strategy, "nameProblem">;
}

const standardFinalizers = ["kubernetes", "orphan", "foregroundDeletion"];

/** Groups whose kinds look at no more of the metadata than all kinds do. */
const genericGroups: ReadonlySet<string> = new Set(["admissionregistration.k8s.io", "apiextensions.k8s.io"]);

function isStrict({ group, definition }: MetadataKind["resource"]): boolean {
  return definition === undefined && !genericGroups.has(group);
}

/** What custom resources are only warned of: finalizers without a path, that are new. */
export function finalizerWarnings(object: JsonObject, old: JsonObject | undefined): readonly string[] {
  const known = old === undefined ? [] : finalizersOf(old);
  return finalizersOf(object)
    .filter((one) => !known.includes(one) && !one.includes("/") && !standardFinalizers.includes(one))
    .map((one) => {
      const path = one.includes(".") ? " including a path (/)" : "";
      return `metadata.finalizers: ${JSON.stringify(one)}: prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`;
    });
}

/** Built-in kinds take no finalizers without a domain but the server's own. */
function plainFinalizers(finalizers: readonly string[]): FieldProblem[] {
  const why = "name is neither a standard finalizer name nor is it fully qualified";
  return finalizers.flatMap((one, index) =>
    one.includes("/") || standardFinalizers.includes(one)
      ? []
      : [invalidValue(`metadata.finalizers[${index}]`, one, why)],
  );
}

/** What is wrong with a new object's metadata, after its own kind has been asked: names, labels, owners, finalizers. */
export function metadataProblems(object: JsonObject, kind: MetadataKind): FieldProblem[] {
  const metadata = metadataOf(object);
  const problems: FieldProblem[] = [];
  const name = textOf(metadata["name"]);
  const check = kind.strategy.nameProblem ?? dns1123SubdomainProblem;
  const generate = textOf(metadata["generateName"]);
  if (generate !== "") {
    // A prefix may end in what a name may not.
    const why = check(generate.replace(/[-.]$/, "a"));
    problems.push(...objections("metadata.generateName", generate, why));
  }
  if (name === "") problems.push(requiredValue("metadata.name", "name or generateName is required"));
  else {
    const why = check(name);
    problems.push(...objections("metadata.name", name, why));
  }
  if (kind.resource.namespaced) {
    const namespace = textOf(metadata["namespace"]);
    const why = namespace === "" ? undefined : dns1123LabelProblem(namespace);
    if (namespace === "") problems.push(requiredValue("metadata.namespace"));
    else if (why !== undefined) problems.push(invalidValue("metadata.namespace", namespace, why));
  }
  problems.push(...commonProblems(metadata));
  for (const finalizer of finalizersOf(object)) {
    const why = labelKeyProblem(finalizer);
    problems.push(...objections("metadata.finalizers", finalizer, why));
  }
  const finalizers = finalizersOf(object);
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    const why = "finalizer orphan and foregroundDeletion cannot be both set";
    problems.push(invalidValue("metadata.finalizers", finalizers, why));
  }
  if (isStrict(kind.resource)) problems.push(...plainFinalizers(finalizers));
  return problems;
}

function commonProblems(metadata: JsonObject): FieldProblem[] {
  const problems: FieldProblem[] = [];
  problems.push(...labelProblems("metadata.labels", metadata["labels"] ?? {}));
  problems.push(...annotationProblems("metadata.annotations", metadata["annotations"] ?? {}));
  problems.push(...ownerProblems(metadata["ownerReferences"]));
  return problems;
}

function ownerProblems(owners: JsonObject[string] | undefined): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (!Array.isArray(owners)) return problems;
  const at = "metadata.ownerReferences";
  let controller = "";
  for (const one of owners) {
    const [version, kind, name, uid] = ["apiVersion", "kind", "name", "uid"].map((key) => textOf(get(one, key)));
    if (version === "") problems.push(invalidValue(`${at}.apiVersion`, version, "version must not be empty"));
    if (kind === "") problems.push(invalidValue(`${at}.kind`, kind, "must not be empty"));
    if (name === "") problems.push(invalidValue(`${at}.name`, name, "must not be empty"));
    if (uid === "") problems.push(invalidValue(`${at}.uid`, uid, "must not be empty"));
    if (version === "v1" && kind === "Event") {
      problems.push(invalidValue(at, one, "/v1, Kind=Event is disallowed from being an owner"));
    }
    if (get(one, "controller") !== true) continue;
    const self = `${kind}/${name}`;
    if (controller === "") controller = self;
    else {
      const why = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${self}`;
      problems.push(invalidValue(at, owners, why));
    }
  }
  return problems;
}

const immutable = [
  "name",
  "namespace",
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
] as const;

/** What is wrong with the metadata of an update. */
export function metadataUpdateProblems(object: JsonObject, old: JsonObject): FieldProblem[] {
  const metadata = metadataOf(object);
  const before = metadataOf(old);
  const problems: FieldProblem[] = [];
  if (before["deletionTimestamp"] !== undefined) {
    const known = finalizersOf(old);
    const added = finalizersOf(object)
      .filter((one) => !known.includes(one))
      .sort();
    if (added.length > 0) {
      const list = `[]string{${added.map((one) => JSON.stringify(one)).join(", ")}}`;
      const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
      problems.push(forbiddenValue("metadata.finalizers", why));
    }
  }
  if (textOf(metadata["resourceVersion"]) === "") {
    problems.push(invalidValue("metadata.resourceVersion", "", "must be specified for an update"));
  }
  for (const key of immutable) {
    if (!equal(metadata[key], before[key])) {
      problems.push(invalidValue(`metadata.${key}`, metadata[key], "field is immutable"));
    }
  }
  problems.push(...commonProblems(metadata));
  return problems;
}
