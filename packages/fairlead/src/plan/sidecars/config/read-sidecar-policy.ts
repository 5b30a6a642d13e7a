import {
  compareText,
  isObject,
  nearest,
  parseSelector,
  type FieldPath,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { placeFinding, refOf, type Finding, type KrmObject, type ParsedDocument } from "@fairlead/krm";
import { kind } from "../../../kinds/generated/sidecar-policy.ts";
import { apiVersion } from "../../../kinds/group.ts";
import type { SidecarPolicySpec } from "../../../kinds/sidecar-policy.ts";
import { shown } from "../../shared/read.ts";
import { typedSpec } from "../../shared/typed-spec.ts";
import type { SidecarSettings } from "../model/settings.ts";
import { windowProblem } from "../waves/windows.ts";
import { sidecarConfigFinding } from "./findings.ts";
import { settingsOf } from "./settings-of.ts";

export interface SidecarPolicyReading {
  readonly settings: SidecarSettings;
  readonly findings: readonly Finding[];
}

const topFields = ["apiVersion", "kind", "metadata", "spec", "status"];

/**
 * What a SidecarPolicy says, everything else filled in. Total: whatever cannot be used is a finding (FL896, FL875), and what
 * holds without it holds. Findings get file and line from `document`, in which the object was read.
 */
export function readSidecarPolicy(object?: JsonValue, document?: ParsedDocument): SidecarPolicyReading {
  if (object === undefined) return { settings: settingsOf({}), findings: [] };
  const findings: Finding[] = [];
  const { spec, ...rest } = isObject(object) ? object : ({} as JsonObject);
  const about = { object: refOf(rest) };
  if (rest["kind"] !== kind.kind || rest["apiVersion"] !== apiVersion) {
    const message = `a SidecarPolicy of ${apiVersion} is expected, this is ${about.object.kind || "no object"}`;
    findings.push(sidecarConfigFinding("FL875", { message, ...about, field: ["kind"] }));
  }
  for (const key of Object.keys(rest)
    .filter((one) => !topFields.includes(one))
    .slice(0, 100)) {
    const guess = nearest(key, topFields);
    const message = `unknown field ${JSON.stringify(shown(key))}`;
    const hint = guess === undefined ? {} : { hint: `did you mean \`${guess}\`?` };
    findings.push(sidecarConfigFinding("FL896", { message, ...about, field: [key], ...hint }));
  }
  const reading = readSidecarSpec(spec ?? {});
  for (const finding of reading.findings) {
    findings.push({ ...finding, ...about, field: ["spec", ...(finding.field ?? [])] });
  }
  const placed = document === undefined ? findings : findings.map((finding) => placeFinding(finding, document));
  return { settings: reading.settings, findings: placed };
}

/** As `readSidecarPolicy`, for the spec alone; the fields of findings start there. */
export function readSidecarSpec(value: JsonValue): SidecarPolicyReading {
  const object = { apiVersion, kind: kind.kind, name: "" };
  const { spec, problems } = typedSpec(value, kind.spec, object, valueProblems);
  const findings = problems.map(({ kind: what, message, path, hint }) =>
    sidecarConfigFinding(what === "unknown" ? "FL896" : "FL875", {
      message,
      field: path,
      ...(hint !== undefined && { hint }),
    }),
  );
  return { settings: settingsOf(spec as SidecarPolicySpec), findings };
}

const selectors = new Set(["namespaceSelector", "selector"]);

interface Problem {
  readonly path: FieldPath;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Selectors and windows, which a schema cannot judge. */
function* valueProblems(value: JsonValue, path: FieldPath = [], inWindows = false): Generator<Problem> {
  const name = path.findLast((step) => typeof step === "string");
  if (typeof value === "string") {
    if (typeof name === "string" && selectors.has(name)) {
      const parsed = parseSelector(value);
      if (parsed.kind !== "selector") {
        yield { path, message: parsed.message, hint: "write it as for `kubectl get -l`: `tier=web,stage!=test`" };
      }
    } else if (inWindows && name !== "name") {
      const problem = windowProblem(value);
      if (problem !== undefined) yield { path, ...problem };
    }
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* valueProblems(item, [...path, index], inWindows);
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      yield* valueProblems(value[key]!, [...path, key], inWindows || (path.length === 0 && key === "windows"));
    }
  }
}

/** The one that counts of several: the oldest, then the first by namespace and name. The others are findings. */
export function chooseSidecarPolicy(objects: readonly KrmObject[]): {
  readonly chosen: KrmObject | undefined;
  readonly findings: readonly Finding[];
} {
  const [first, ...others] = objects
    .filter((object) => object.kind === kind.kind && object.apiVersion === apiVersion)
    .map((object) => ({ object, ref: refOf(object), since: createdAt(object) }))
    .sort((a, b) => compareText(a.since, b.since) || compareText(nameOf(a.ref), nameOf(b.ref)));
  const findings = others.map(({ ref }) => {
    const message = `SidecarPolicy ${nameOf(ref)} has no effect: ${nameOf(first!.ref)} is the one that counts`;
    return sidecarConfigFinding("FL876", { message, object: ref });
  });
  return { chosen: first?.object, findings };
}

function createdAt({ metadata }: KrmObject): string {
  const written = metadata["creationTimestamp"];
  return typeof written === "string" ? written : "";
}

function nameOf({ namespace = "", name }: { readonly namespace?: string; readonly name: string }): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}
