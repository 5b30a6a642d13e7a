import { definition, get, isObject, validate, valueAt, type FieldPath, type JsonObject } from "@fairlead/apimachinery";
import { hasErrors, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { apiVersion, type LoadedKind } from "../kinds/load.ts";
import { undecoded, type DecodeResult, type Origin } from "./decoded.ts";
import { compileFinding } from "./findings.ts";
import { nameProblem } from "./names.ts";
import { schemaFinding } from "./schema-finding.ts";

/** Checks an object of a kind of ours as far as it stands alone: its apiVersion, its name, and what its schema says. */
export function decodeDeclaration(value: JsonObject, kind: LoadedKind, origin: Origin): DecodeResult {
  const object = refOf(value);
  if (value["apiVersion"] !== apiVersion) {
    const version = JSON.stringify(value["apiVersion"]);
    const finding = compileFinding("FL103", {
      message: `apiVersion ${version} is not one that Fairlead serves for ${kind.kind}`,
      hint: `write apiVersion: ${apiVersion}`,
      object,
      field: ["apiVersion"],
    });
    return undecoded(origin, finding);
  }
  const findings: Finding[] = [];
  const completed = completedElsewhere(value, kind.kind);
  for (const problem of validate(value, kind.schema, { resolve: definition })) {
    if (problem.kind === "required" && completed(problem.path)) continue;
    findings.push(schemaFinding(problem, object));
  }
  const badName = nameProblem(get(value["metadata"], "name"));
  if (badName !== undefined)
    findings.push(compileFinding("FL104", { ...badName, object, field: ["metadata", "name"] }));
  const spec = value["spec"] ?? {};
  if (!isObject(spec) || hasErrors(findings)) return undecoded(origin, ...findings);
  const written = {
    kind,
    ref: object,
    object: (spec === value["spec"] ? value : { ...value, spec }) as KrmObject,
    origin,
  };
  return { decoded: { kind: "declaration", written }, findings, foreignFindings: [], origin };
}

/**
 * Tells of a path whether what is missing there may come from elsewhere: a base, an environment, or the template that a
 * container extends. Whatever is still missing then is found when everything is merged.
 */
function completedElsewhere(value: JsonObject, kind: string): (path: FieldPath) => boolean {
  const spec = value["spec"];
  const whole =
    kind === "ContainerTemplate" ||
    get(spec, "extends") !== undefined ||
    get(spec, "abstract") === true ||
    get(spec, "environments") !== undefined;
  return (path) => {
    // What an item of a list lacks is its key, without which it could not be merged with anything.
    if (typeof path.at(-1) === "number") return false;
    if (whole || path.length === 0) return true;
    const [root, list, index] = path;
    if (root !== "spec" || typeof list !== "string" || typeof index !== "number") return false;
    return get(valueAt(value, ["spec", list, index]), "extends") !== undefined;
  };
}
