import { get, isObject, nearest, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { groupOf, refOf, type Finding } from "@fairlead/krm";
import { dialects } from "../dialects/dialects.ts";
import { functionConfigKind } from "../kinds/group.ts";
import { group, isKindName } from "../kinds/load.ts";
import { fnFinding } from "./findings.ts";

/** What a functionConfig asks for. */
export interface FunctionSettings {
  readonly environment: string | undefined;
  readonly compat: boolean;
  /** Only look: the items are returned as they came. */
  readonly validate: boolean;
  /** Declarations that came in the functionConfig instead of the items. */
  readonly declarations: readonly JsonValue[];
  readonly findings: readonly Finding[];
}

const none: FunctionSettings = {
  environment: undefined,
  compat: false,
  validate: false,
  declarations: [],
  findings: [],
};
const settingNames = ["environment", "compat", "validate"] as const;

/**
 * Reads a functionConfig: a declaration (or a foreign one) is compiled with the items; `Render` and ConfigMap carry
 * settings; an Environment is declared and chosen.
 */
export function readConfig(config: JsonValue | undefined): FunctionSettings {
  if (config === undefined || config === null) return none;
  if (!isObject(config)) return { ...none, declarations: [config] };
  const { kind, apiVersion } = config;
  if (kind === functionConfigKind) return readSettings(config, "spec", ["items"]);
  if (kind === "ConfigMap") return readSettings(config, "data", []);
  const known = typeof kind === "string" && (isKindName(kind) || dialects.has(kind));
  const ours = typeof apiVersion === "string" && groupOf(apiVersion) === group;
  if (kind === "Environment" && ours) return { ...none, environment: refOf(config).name, declarations: [config] };
  // An unknown kind of ours, or a misspelt foreign one, is compiled as well: that is how its finding comes about.
  if (known || ours || (typeof kind === "string" && nearest(kind, dialects.keys()) !== undefined))
    return { ...none, declarations: [config] };
  const ref = refOf(config);
  return {
    ...none,
    findings: [
      fnFinding("FL650", {
        message: `the functionConfig of kind ${JSON.stringify(kind ?? null)} has no meaning for Fairlead`,
        object: ref,
        field: ["kind"],
      }),
    ],
  };
}

function readSettings(config: JsonObject, holder: "spec" | "data", more: readonly string[]): FunctionSettings {
  const object = refOf(config);
  const findings: Finding[] = [];
  const wrong = (key: string, message: string, hint?: string) =>
    findings.push(
      fnFinding("FL652", { message, ...(hint === undefined ? {} : { hint }), object, field: [holder, key] }),
    );
  const settings = get(config, holder);
  const values = isObject(settings) ? settings : {};
  const known = [...settingNames, ...more];
  for (const key of Object.keys(values)) {
    if (known.includes(key)) continue;
    const guess = nearest(key, known);
    wrong(
      key,
      `there is no setting ${JSON.stringify(key)}`,
      guess === undefined ? `the settings are ${known.join(", ")}` : `did you mean ${guess}?`,
    );
  }
  const flag = (key: "compat" | "validate"): boolean => {
    const value = values[key];
    if (value === undefined || value === false || value === "false") return false;
    if (value === true || value === "true") return true;
    wrong(key, `${key} is ${JSON.stringify(value)}`, "write true or false");
    return false;
  };
  const { environment, items } = values;
  if (environment !== undefined && typeof environment !== "string")
    wrong("environment", `environment is ${JSON.stringify(environment)}`, "write the name of an environment");
  if (more.includes("items") && items !== undefined && !Array.isArray(items))
    wrong("items", "items is not a list", "write a list of objects");
  return {
    environment: typeof environment === "string" && environment !== "" ? environment : undefined,
    compat: flag("compat"),
    validate: flag("validate"),
    declarations: more.includes("items") && Array.isArray(items) ? items : [],
    findings,
  };
}
