import { get, isObject, nearest, textOf, type FieldPath, type JsonValue } from "@fairlead/apimachinery";

/** The control plane of a cluster, as `istio` of `fleet.yaml` says. */
export interface FleetIstio {
  /** What is installed; with `upgradeTo`: at first. */
  readonly version: string;
  /** Where the control plane goes once everything is ready. */
  readonly upgradeTo: string | undefined;
}

/** What is wrong with a field, and where it stands. */
export interface FleetMistake {
  readonly field: FieldPath;
  readonly message: string;
  readonly hint?: string;
  /** The name of the field is meant, not its value. */
  readonly at?: "key" | "value";
}

/** Reads `istio: {version: 1.28.0, upgradeTo: 1.29.0}`. */
export function istioOf(value: JsonValue, field: FieldPath): FleetIstio | FleetMistake {
  const example = "write `istio: {version: 1.28.0}`, with `upgradeTo: 1.29.0` to see an upgrade";
  if (!isObject(value)) return { field, message: "an object with a version is wanted", hint: example };
  const unknown = unknownField(value, ["version", "upgradeTo"], field);
  if (unknown !== undefined) return unknown;
  if (value["version"] === undefined) return { field, message: "there is no version", hint: example };
  for (const key of ["version", "upgradeTo"] as const) {
    const told = value[key];
    if (told !== undefined && !(typeof told === "string" && versionPattern.test(told))) {
      const message = `${JSON.stringify(told)} is no version of Istio`;
      return { field: [...field, key], message, hint: "write all of it, such as 1.28.0" };
    }
  }
  const [version, upgradeTo] = [textOf(value["version"]), textOf(get(value, "upgradeTo"))];
  if (version === upgradeTo) {
    const hint = "name another version, or leave it out";
    return { field: [...field, "upgradeTo"], message: `${version} is the version that it begins with`, hint };
  }
  return { version, upgradeTo: upgradeTo === "" ? undefined : upgradeTo };
}

const versionPattern = /^[1-9]\d{0,3}\.\d{1,4}\.\d{1,4}(?:-[0-9A-Za-z.]{1,60})?$/;

/** The first key of an object that nobody knows, with the known one that was probably meant. */
export function unknownField(
  value: JsonValue | undefined,
  known: readonly string[],
  field: FieldPath,
): FleetMistake | undefined {
  const unknown = Object.keys(isObject(value) ? value : {}).find((key) => !known.includes(key));
  if (unknown === undefined) return undefined;
  const guess = nearest(unknown, known);
  const hint = guess === undefined ? `known are ${known.join(", ")}` : `did you mean ${guess}?`;
  return { field: [...field, unknown], at: "key", message: "nobody knows this field", hint };
}
