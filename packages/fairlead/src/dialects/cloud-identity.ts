import type { JsonObject } from "@fairlead/apimachinery";
import type { CloudIdentitySpec } from "../kinds/cloud-identity.ts";
import type { Conversion, ConvertOptions } from "./dialect.ts";
import { legacyProject } from "./project.ts";
import { text } from "./readers.ts";
import { startTranslation } from "./translation.ts";
import { restOfObject, translateMetadata } from "./workload.ts";

const identityFields = [
  "account",
  "description",
  "displayName",
  "email",
  "environments",
  "partOf",
  "roles",
  "serviceAccount",
] as const satisfies readonly (keyof CloudIdentitySpec)[];

/**
 * LummoIAM becomes a CloudIdentity. The ServiceAccount was ENV-NAME in the namespace ENV, and pods that run refer to it
 * by that name, so it is kept.
 */
export function convertCloudIdentity(value: JsonObject, options?: ConvertOptions): Conversion {
  const t = startTranslation(value, "LummoIAM", "CloudIdentity", options);
  t.map(["spec"]);
  let name = translateMetadata(t, t.read(["spec", "name"]) === undefined ? [] : [["spec", "name"]]);
  const env = text(t.read(["spec", "env"]) ?? "");
  if (typeof env === "string" && env !== "") {
    if (name !== "") {
      name = `${env}-${name}`;
      t.put(["metadata", "name"], name);
    }
    if (t.read(["metadata", "namespace"]) === undefined) t.put(["metadata", "namespace"], env, ["spec", "env"]);
  }
  // An earlier version of the branch; it gave the ServiceAccount its plain name.
  t.move(["spec", "namespace"], ["metadata", "namespace"], text);
  if (t.compat || t.read(["spec", "project"]) !== undefined) legacyProject(t, true);
  t.rest(["spec"], ["spec"], ["name", "env", "namespace", "project"], () => identityFields);
  restOfObject(t, ["spec"]);
  return t.finish(name);
}
