import { textOf, type JsonObject } from "@fairlead/apimachinery";
import { badRequest } from "../errors.ts";
import { coreEventField } from "../conversions/event.ts";
import { collectionOf, type Resource } from "../resources/resource.ts";
import type { Kind } from "../resources/kind.ts";
import { metadataOf } from "./registry/metadata.ts";

export interface FieldTerm {
  readonly field: string;
  readonly value: string;
  readonly negated: boolean;
}

type Fields = Readonly<Record<string, (object: JsonObject) => string>>;

/**
 * `a=b,c!=d`, as apimachinery's fields.ParseSelector reads it: `\`, `,` and `=` of values are escaped by a backslash.
 * Fields are those of the resource that is asked for. Throws 400 for what is no selector, and for fields that the kind
 * does not know.
 */
export function parseFieldSelector(text: string, kind: Kind, resource: Resource): readonly FieldTerm[] {
  const known = kind.strategy.selectableFields ?? {};
  if (text === "") return [];
  return splitTerms(text).map((part) => {
    const term = parseTerm(part, text);
    const field = storedField(term.field, resource);
    if (field !== "metadata.name" && field !== "metadata.namespace" && !Object.hasOwn(known, field)) {
      throw badRequest(unknownField(kind, term.field));
    }
    return { ...term, field };
  });
}

/** Kinds with a function of their own for field labels. */
const labelled: ReadonlySet<string> = new Set([
  "certificatesigningrequests.certificates.k8s.io",
  "events",
  "namespaces",
  "nodes",
  "pods",
  "replicationcontrollers",
  "secrets",
  "services",
]);

function unknownField({ resource, isCustom }: Kind, field: string): string {
  const collection = collectionOf(resource);
  if (collection === "jobs.batch") return `field label ${JSON.stringify(field)} not supported for Job`;
  if (isCustom || labelled.has(collection)) return `field label not supported: ${field}`;
  if (collection === "resourceslices.resource.k8s.io") {
    return `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`;
  }
  return `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

/** What another group stores is named in that group's words: Events alone are. */
function storedField(field: string, { storedIn }: Resource): string {
  return storedIn === "events" ? (coreEventField(field) ?? "") : field;
}

export function matchesFields(object: JsonObject, terms: readonly FieldTerm[], known: Fields): boolean {
  return terms.every(({ field, value, negated }) => (valueOf(object, field, known) === value) !== negated);
}

function valueOf(object: JsonObject, field: string, known: Fields): string {
  if (field === "metadata.name") return textOf(metadataOf(object)["name"]);
  if (field === "metadata.namespace") return textOf(metadataOf(object)["namespace"]);
  return known[field]!(object);
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === ",") {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms.filter((term) => term !== "");
}

function parseTerm(term: string, whole: string): FieldTerm {
  const found = /^((?:[^=!\\]|\\.|!(?!=))*)(!=|==|=)(.*)$/s.exec(term);
  if (found === null) throw badRequest(`invalid selector: '${whole}'; can't understand '${term}'`);
  const [, field, operator, value] = found as unknown as [string, string, string, string];
  return { field, value: value.replaceAll(/\\([\\,=])/g, "$1"), negated: operator === "!=" };
}
