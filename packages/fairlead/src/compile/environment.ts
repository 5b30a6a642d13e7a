import { definition, isObject, strategicMerge, nearest, type JsonObject } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import type { EnvironmentSpec } from "../kinds/environment.ts";
import type { Written } from "./decoded.ts";
import { compileFinding } from "./findings.ts";

export interface ChosenEnvironment {
  readonly name: string | undefined;
  readonly settings: EnvironmentSpec;
  readonly findings: readonly Finding[];
}

/** The environment that was asked for, else the default one, else the only one, else none. */
export function chooseEnvironment(written: readonly Written[], asked: string | undefined): ChosenEnvironment {
  const environments = written.filter(({ ref }) => ref.kind === "Environment");
  const settingsOf = (one: Written | undefined) => (one?.object["spec"] ?? {}) as EnvironmentSpec;
  if (asked !== undefined) {
    const found = environments.find(({ ref }) => ref.name === asked);
    const findings = found !== undefined ? [] : unknownEnvironment(written, environments, asked);
    return { name: asked, settings: settingsOf(found), findings };
  }
  const marked = environments.filter((one) => settingsOf(one).default === true);
  const chosen = marked.length === 1 ? marked[0] : environments.length === 1 ? environments[0] : undefined;
  if (chosen !== undefined) return { name: chosen.ref.name, settings: settingsOf(chosen), findings: [] };
  if (environments.length === 0) return { name: undefined, settings: {}, findings: [] };
  const names = environments.map(({ ref }) => ref.name).sort();
  const finding = compileFinding("FL121", {
    message: `there are ${names.length} environments (${names.join(", ")}) and none is chosen`,
    hint: `render with --environment ${names[0]}, or mark one with default: true`,
    object: environments[0]!.ref,
    field: ["metadata", "name"],
  });
  return { name: undefined, settings: {}, findings: [finding] };
}

function unknownEnvironment(written: readonly Written[], environments: readonly Written[], asked: string): Finding[] {
  // Plain objects are the same in every environment: what is deployed can be compared with what would be.
  if (written.length === 0) return [];
  const known = new Set(environments.map(({ ref }) => ref.name));
  for (const { object } of written) {
    const patches = isObject(object["spec"]) ? object["spec"]["environments"] : undefined;
    if (isObject(patches)) for (const name of Object.keys(patches)) known.add(name);
  }
  if (known.has(asked)) return [];
  const names = [...known].sort();
  const guess = nearest(asked, names);
  const hint =
    names.length === 0
      ? "the input names no environment; leave --environment out, or add an Environment object"
      : guess === undefined
        ? `the environments are ${names.join(", ")}`
        : `did you mean ${guess}?`;
  return [compileFinding("FL120", { message: `there is no environment ${JSON.stringify(asked)}`, hint })];
}

/** The spec with the patch of the environment merged over it, and without `environments`. */
export function inEnvironment(written: Written, environment: string | undefined): JsonObject {
  const spec = written.object["spec"] as JsonObject;
  const patches = spec["environments"];
  if (patches === undefined) return spec;
  const { environments: _environments, ...own } = spec;
  const patch =
    environment !== undefined && isObject(patches) && Object.hasOwn(patches, environment)
      ? patches[environment]
      : undefined;
  if (!isObject(patch)) return own;
  const merged = strategicMerge(own, patch, written.kind.schema.properties!["spec"]!, { resolve: definition });
  return isObject(merged) ? merged : own;
}
