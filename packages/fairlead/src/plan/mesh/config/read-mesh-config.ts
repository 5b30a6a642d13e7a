import { formatPath, isObject, nearest, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { placeFinding, refOf, type Finding, type KrmObject, type ParsedDocument } from "@fairlead/krm";
import { kind } from "../../../kinds/generated/mesh-config.ts";
import { apiVersion } from "../../../kinds/group.ts";
import type { MeshConfigSpec } from "../../../kinds/mesh-config.ts";
import { shown } from "../../shared/read.ts";
import { typedSpec } from "../../shared/typed-spec.ts";
import { togetherProblems } from "./check-together.ts";
import { valueProblems } from "./check-values.ts";
import { meshConfigFinding } from "./findings.ts";
import { settingsOf, type MeshConfiguration } from "./settings-of.ts";

export interface MeshConfigReading extends MeshConfiguration {
  readonly findings: readonly Finding[];
}

/** More than that is not said. */
const mostFindings = 100;
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
  const about = { apiVersion, kind: kind.kind, name: "" };
  const { spec: typed, problems } = typedSpec(value, kind.spec, about, valueProblems);
  const spec = typed as MeshConfigSpec;
  const findings = problems.map(({ kind: what, message, path, hint }) =>
    meshConfigFinding(what === "unknown" ? "FL821" : "FL820", {
      message,
      field: path,
      ...(hint !== undefined && { hint }),
    }),
  );
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
