import {
  formatPath,
  isObject,
  nearest,
  setOwn,
  validate,
  type FieldPath,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { placeFinding, problemFinding, refOf, type Finding, type KrmObject, type ParsedDocument } from "@fairlead/krm";
import { kind } from "../../../kinds/generated/mesh-config.ts";
import { apiVersion } from "../../../kinds/group.ts";
import type { MeshConfigSpec } from "../../../kinds/mesh-config.ts";
import { shown } from "../../shared/read.ts";
import { togetherProblems } from "./check-together.ts";
import { valueProblems } from "./check-values.ts";
import { meshConfigFinding } from "./findings.ts";
import { settingsOf, type MeshConfiguration } from "./settings-of.ts";

export interface MeshConfigReading extends MeshConfiguration {
  readonly findings: readonly Finding[];
}

/** More than that is not said; and a spec with more than the second number is not read at all. */
const mostFindings = 100;
const mostProblems = 10_000;
const topFields = ["apiVersion", "kind", "metadata", "spec", "status"];

/**
 * What a MeshConfig says, everything else filled in from the preset. Total: whatever cannot be used is a finding
 * (FL820-FL822), and the preset holds in its place. Without an object, the presets. Findings get file and line from
 * `document`, in which the object was read.
 */
export function readMeshConfig(object?: JsonValue, document?: ParsedDocument): MeshConfigReading {
  if (object === undefined) return { ...settingsOf({}), findings: [] };
  const findings: Finding[] = [];
  const { spec, ...rest } = isObject(object) ? object : ({} as JsonObject);
  const about = { object: refOf(rest) };
  if (rest["kind"] !== kind.kind || rest["apiVersion"] !== apiVersion) {
    const message = `a MeshConfig of ${apiVersion} is expected, this is ${about.object.kind || "no object"}`;
    findings.push(meshConfigFinding("FL820", { message, ...about, field: ["kind"] }));
  }
  for (const key of Object.keys(rest)
    .filter((one) => !topFields.includes(one))
    .slice(0, mostFindings)) {
    const guess = nearest(key, topFields);
    const hint = guess === undefined ? {} : { hint: `did you mean \`${guess}\`?` };
    const message = `unknown field ${JSON.stringify(shown(key))}`;
    findings.push(meshConfigFinding("FL821", { message, ...about, field: [key], ...hint }));
  }
  const reading = readMeshConfigSpec(spec ?? {});
  for (const finding of reading.findings) {
    findings.push({ ...finding, ...about, field: ["spec", ...(finding.field ?? [])] });
  }
  return {
    ...reading,
    findings: document === undefined ? findings : findings.map((finding) => placeFinding(finding, document)),
  };
}

/** As `readMeshConfig`, for the spec alone; the fields of findings start there. */
export function readMeshConfigSpec(value: JsonValue): MeshConfigReading {
  const findings: Finding[] = [];
  const bad = new Set<string>();
  const problems = validate(value, kind.spec, { limit: mostProblems });
  if (problems.length >= mostProblems) bad.add(pathKey([]));
  for (const problem of problems) {
    bad.add(pathKey(problem.path));
    if (findings.length >= mostFindings) continue;
    const about = { apiVersion, kind: kind.kind, name: "" };
    const { message, hint } = problemFinding(problem, { object: about });
    const code = problem.kind === "unknown" ? "FL821" : "FL820";
    findings.push(meshConfigFinding(code, { message, field: problem.path, ...(hint !== undefined && { hint }) }));
  }
  const typed = without(value, [], bad);
  for (const { path, message, hint } of valueProblems(typed)) {
    bad.add(pathKey(path));
    if (findings.length >= mostFindings) continue;
    const text = `${formatPath(path)}: ${message}`;
    findings.push(meshConfigFinding("FL820", { message: text, field: path, ...(hint !== undefined && { hint }) }));
  }
  const spec = (bad.size === 0 ? typed : without(value, [], bad)) as MeshConfigSpec;
  const meant = settingsOf(spec);
  for (const { path, severity, message, hint } of togetherProblems(spec, meant)) {
    findings.push(
      meshConfigFinding("FL822", { message: `${formatPath(path)}: ${message}`, severity, hint, field: path }),
    );
  }
  return { ...meant, findings };
}

/** The one that counts of several: the oldest, then the first by namespace and name. The others are findings. */
export function chooseMeshConfig(objects: readonly KrmObject[]): {
  readonly chosen: KrmObject | undefined;
  readonly findings: readonly Finding[];
} {
  const order = objects
    .filter((object) => object.kind === kind.kind && object.apiVersion === apiVersion)
    .map((object) => ({ object, ref: refOf(object), since: createdAt(object) }))
    .sort((a, b) => compare(a.since, b.since) || compare(rank(a.ref), rank(b.ref)));
  const [first, ...others] = order;
  const findings = others.map(({ ref }) => {
    const message = `MeshConfig ${rank(ref)} has no effect: ${rank(first!.ref)} is the one that counts`;
    return meshConfigFinding("FL823", { message, object: ref });
  });
  return { chosen: first?.object, findings };
}

function createdAt({ metadata }: KrmObject): string {
  const written = metadata["creationTimestamp"];
  return typeof written === "string" ? written : "";
}

function rank({ namespace = "", name }: { readonly namespace?: string; readonly name: string }): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function pathKey(path: FieldPath): string {
  return JSON.stringify(path);
}

/** A copy without the values at these paths, and without nulls, which say nothing. */
function without(value: JsonValue, path: FieldPath, bad: ReadonlySet<string>): JsonValue {
  if (path.length === 0 && (bad.has("[]") || !isObject(value))) return {};
  const stays = (item: JsonValue | undefined, at: FieldPath): item is JsonValue =>
    item !== undefined && item !== null && !bad.has(pathKey(at));
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => {
      const at = [...path, index];
      return stays(item, at) ? [without(item, at, bad)] : [];
    });
  }
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    const at = [...path, key];
    if (!stays(item, at)) continue;
    const rest = without(item, at, bad);
    // Of a list in which nothing could be used, nothing is said: the preset holds.
    if (Array.isArray(rest) && rest.length === 0 && Array.isArray(item) && item.length > 0) continue;
    setOwn(copy, key, rest);
  }
  return copy;
}
