import {
  definition,
  get,
  isObject,
  nearest,
  validate,
  type FieldPath,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { groupOf, hasErrors, problemFinding, refOf, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { dialectOf, dialects, originalPath, type FieldMap } from "../dialects/dialects.ts";
import { apiVersion, group, isKindName, kindNames, loadKind, type KindName, type LoadedKind } from "../kinds/load.ts";
import { compileFinding } from "./findings.ts";
import { nameProblem } from "./names.ts";
import type { Resource, Source } from "./resource.ts";

/** Where a declaration was written, and how its fields are called there if it was written in a dialect. */
export interface Origin {
  readonly source: Source;
  readonly fields: FieldMap | undefined;
}

/** A declaration as it was written: of a known kind, with a name, checked by the schema as far as it stands alone. */
export interface Written {
  readonly kind: LoadedKind;
  readonly ref: ObjectRef;
  readonly object: KrmObject;
  readonly origin: Origin;
}

export type Decoded =
  | { readonly kind: "declaration"; readonly written: Written }
  | { readonly kind: "object"; readonly object: KrmObject; readonly source: Source }
  | { readonly kind: "nothing" };

export interface DecodeResult {
  readonly decoded: Decoded;
  readonly findings: readonly Finding[];
  /** What the dialect said; it speaks of the fields as they are called in the file. */
  readonly foreignFindings: readonly Finding[];
  readonly origin: Origin;
}

const nothing: Decoded = { kind: "nothing" };

/** Loads the kinds that occur in the input, so that decoding itself waits for nothing. */
export async function loadKindsOf(resources: readonly Resource[]): Promise<ReadonlyMap<KindName, LoadedKind>> {
  const names = new Set<KindName>();
  for (const { value } of resources) {
    const written = get(value, "kind");
    if (typeof written !== "string") continue;
    const name = dialects.get(written)?.kind ?? written;
    if (isKindName(name)) names.add(name);
  }
  const kinds = await Promise.all([...names].map(async (name) => [name, await loadKind(name)] as const));
  return new Map(kinds);
}

/** Tells what a document is: a declaration, an object that passes through, or a problem. */
export function decode(resource: Resource, kinds: ReadonlyMap<KindName, LoadedKind>, compat: boolean): DecodeResult {
  const { value, source } = resource;
  const origin: Origin = { source, fields: undefined };
  if (!isObject(value)) {
    return fail(
      origin,
      compileFinding("FL100", { message: `the document is ${describe(value)}, not an object`, field: [] }),
    );
  }
  const kind = value["kind"];
  if (typeof kind !== "string" || kind === "") {
    return fail(origin, missing(value, "kind", kind));
  }
  const foreign = isOurs(value["apiVersion"]) ? undefined : dialectOf(value["apiVersion"], kind);
  if (foreign !== undefined) {
    const { object, fields, findings } = foreign.convert(value, { compat });
    const rest = declaration(object, { source, fields }, kinds);
    // The dialect says which of its fields should have given the name.
    const named = get(object["metadata"], "name") !== undefined;
    const others = rest.findings.filter(({ code }) => named || code !== "FL104");
    return { ...rest, findings: others, foreignFindings: findings };
  }
  if (isKindName(kind) && isOurs(value["apiVersion"])) return declaration(value, origin, kinds);
  return passThrough(value, kind, origin);
}

function declaration(value: JsonObject, origin: Origin, kinds: ReadonlyMap<KindName, LoadedKind>): DecodeResult {
  const name = value["kind"] as KindName;
  const kind = kinds.get(name);
  if (kind === undefined) throw new Error(`kind ${name} was not loaded`);
  const ref = refOf(value);
  const findings: Finding[] = [];
  if (value["apiVersion"] !== apiVersion) {
    findings.push(
      compileFinding("FL103", {
        message: `apiVersion ${JSON.stringify(value["apiVersion"])} is not one that Fairlead serves for ${name}`,
        hint: `write apiVersion: ${apiVersion}`,
        object: ref,
        field: ["apiVersion"],
      }),
    );
    return { decoded: nothing, findings, foreignFindings: [], origin };
  }
  const problems = validate(value, kind.schema, { resolve: definition });
  const relaxed = isIncomplete(value);
  for (const problem of problems) {
    if (problem.kind === "required" && (relaxed || problem.path.length === 0)) continue;
    findings.push(problemFinding(problem, { object: ref }));
  }
  const metadata = value["metadata"];
  const badName = nameProblem(isObject(metadata) ? metadata["name"] : undefined);
  if (badName !== undefined) {
    findings.push(compileFinding("FL104", { ...badName, object: ref, field: ["metadata", "name"] }));
  }
  if (!isObject(value["spec"]) && value["spec"] !== undefined && value["spec"] !== null)
    return { decoded: nothing, findings, foreignFindings: [], origin };
  if (badName !== undefined || hasErrors(findings)) return { decoded: nothing, findings, foreignFindings: [], origin };
  const object = (isObject(value["spec"]) ? value : { ...value, spec: {} }) as KrmObject;
  return {
    decoded: { kind: "declaration", written: { kind, ref, object, origin } },
    findings,
    foreignFindings: [],
    origin,
  };
}

/** Whether required fields may come from elsewhere: a base, or an environment. */
function isIncomplete(value: JsonObject): boolean {
  const spec = value["spec"];
  if (!isObject(spec)) return false;
  return spec["extends"] !== undefined || spec["abstract"] === true || spec["environments"] !== undefined;
}

function passThrough(value: JsonObject, kind: string, origin: Origin): DecodeResult {
  const ref = refOf(value);
  const version = value["apiVersion"];
  if (isOurs(version)) {
    const guess = nearest(kind, [...kindNames, ...dialects.keys()]);
    const finding = compileFinding("FL102", {
      message: `Fairlead has no kind ${JSON.stringify(kind)}`,
      hint: guess === undefined ? `the kinds are ${kindNames.join(", ")}` : `did you mean ${guess}?`,
      object: ref,
      field: ["kind"],
    });
    return fail(origin, finding);
  }
  if (isKindName(kind) && (typeof version !== "string" || version === "")) {
    const finding = compileFinding("FL103", {
      message: `${kind} has no apiVersion`,
      hint: `write apiVersion: ${apiVersion}`,
      object: ref,
      field: ["apiVersion"],
    });
    return fail(origin, finding);
  }
  const near = nearOurs(kind);
  if (near !== undefined && !looksForeign(version)) {
    const finding = compileFinding("FL102", {
      message: `${JSON.stringify(kind)} is not a kind that Fairlead knows`,
      hint: `did you mean ${near}?`,
      object: ref,
      field: ["kind"],
    });
    return fail(origin, finding);
  }
  if (typeof version !== "string" || version === "") return fail(origin, missing(value, "apiVersion", version));
  return {
    decoded: { kind: "object", object: value as KrmObject, source: origin.source },
    findings: [],
    foreignFindings: [],
    origin,
  };
}

function nearOurs(kind: string): string | undefined {
  return (
    nearest(kind, [...dialects.keys()]) ??
    nearest(
      kind,
      kindNames.filter((name) => name.length > 5),
    )
  );
}

/** An apiVersion with a domain, or one of Kubernetes' own groups: somebody else's kind, whatever its name is like. */
function looksForeign(version: JsonValue | undefined): boolean {
  return (
    typeof version === "string" &&
    /^(v\d+((alpha|beta)\d+)?|[a-z0-9.-]+\/v\d+((alpha|beta)\d+)?)$/.test(version) &&
    version !== "v1"
  );
}

function isOurs(version: JsonValue | undefined): boolean {
  return typeof version === "string" && groupOf(version) === group;
}

function missing(value: JsonObject, field: "kind" | "apiVersion", found: JsonValue | undefined): Finding {
  const ref = refOf(value);
  const said = found === undefined ? "is missing" : `is ${describe(found)}`;
  return compileFinding("FL101", {
    message: `${field} ${said}`,
    hint:
      field === "kind"
        ? "every object names its kind, such as kind: App"
        : `add apiVersion, such as apiVersion: ${apiVersion} for Fairlead's kinds`,
    object: ref,
    field: found === undefined ? [] : [field],
  });
}

function describe(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (value === "") return "empty";
  return `the ${typeof value} ${JSON.stringify(value).slice(0, 60)}`;
}

function fail(origin: Origin, finding: Finding): DecodeResult {
  return { decoded: nothing, findings: [finding], foreignFindings: [], origin };
}

/** The path of a declaration's field in the document it was written in. */
export function writtenPath(origin: Origin, path: FieldPath): FieldPath {
  return origin.fields === undefined ? path : originalPath(origin.fields, path);
}
