import type { JsonValue } from "@fairlead/apimachinery";

/** Why a declaration cannot have this name, if it cannot. */
export function nameProblem(name: JsonValue | undefined): { message: string; hint: string } | undefined {
  const hint = "write metadata.name with at most 63 lower-case letters, digits and dashes, beginning with a letter";
  if (name === undefined || name === null) return { message: "metadata.name is missing", hint };
  if (typeof name !== "string") return { message: `metadata.name is ${JSON.stringify(name)}, not a string`, hint };
  if (/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) return undefined;
  const better = name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 63);
  return {
    message:
      name === "" ? "metadata.name is empty" : `metadata.name ${JSON.stringify(name.slice(0, 80))} is not a valid name`,
    hint: better === "" ? hint : `${hint}; for example ${better}`,
  };
}
