import { isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { ConnectionPoolSpec } from "../kinds/connection-pool.ts";
import type { Conversion, ConvertOptions } from "./dialect.ts";
import { text, type Reader } from "./readers.ts";
import { startTranslation, type Translation } from "./translation.ts";
import { restOfObject, translateMetadata } from "./workload.ts";

const known = ["app", "part-of", "connectionSecret", "config"] as const;
const poolFields = [
  "environments",
  "exporter",
  "image",
  "keys",
  "nodeSelector",
  "pod",
  "port",
  "replicas",
  "resources",
  "tolerations",
] as const satisfies readonly (keyof ConnectionPoolSpec)[];

/** Settings are numbers or strings; everything else that is written plainly stands for its text. */
const settings: Reader = (value) => {
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, JsonValue] => [
    key,
    item === null ? "" : Number.isInteger(item) ? item : text(item),
  ]);
  return Object.fromEntries(entries);
};

/** pgbouncer becomes a ConnectionPool. The README nested a second `spec` in the first; the code read one. */
export function convertConnectionPool(value: JsonObject, options?: ConvertOptions): Conversion {
  const t = startTranslation(value, "pgbouncer", "ConnectionPool", options);
  t.map(["spec"]);
  const name = poolName(t);
  const inner = t.map(["spec", "spec"]) === undefined ? undefined : (["spec", "spec"] as const);
  const place = (field: string): FieldPath =>
    inner !== undefined && t.read([...inner, field]) !== undefined ? [...inner, field] : ["spec", field];
  t.move(place("app"), ["spec", "app"], text);
  t.move(place("part-of"), ["spec", "partOf"], text);
  const secret = place("connectionSecret");
  if (!t.move(secret, ["spec", "connectionSecret"], text) || t.read(secret) === "") {
    t.report("FL156", secret, {
      message: "spec.connectionSecret is missing: nobody knows which database the pool is for",
      hint: "Write the name of the Secret with host, port, user name, password and database.",
    });
  }
  t.move(place("config"), ["spec", "config"], settings);
  if (inner !== undefined) {
    t.rest(inner, ["spec"], known, () => poolFields);
    for (const field of known) {
      if (t.read([...inner, field]) === undefined || t.read(["spec", field]) === undefined) continue;
      t.report("FL159", ["spec", field], {
        message: `spec.${field} and spec.spec.${field} are both written; the inner one counts`,
        hint: "Keep one.",
      });
    }
  }
  t.rest(["spec"], ["spec"], [...known, "spec"], () => poolFields);
  restOfObject(t, ["spec"]);
  return t.finish(name);
}

/** The code named everything PART-OF-pgbouncer and ignored metadata; the README gave the object a name. */
function poolName(t: Translation): string {
  const named = isObject(t.input["metadata"]) && t.read(["metadata", "name"]) !== undefined;
  const owners: FieldPath[] = [
    ["spec", "part-of"],
    ["spec", "spec", "part-of"],
    ["spec", "app"],
    ["spec", "spec", "app"],
  ];
  const from = owners.find((path) => t.read(path) !== undefined);
  const owner = from === undefined ? undefined : text(t.read(from)!);
  if (typeof owner !== "string" || owner === "" || (named && !t.compat)) return translateMetadata(t, []);
  for (const [key, value] of Object.entries(t.map(["metadata"]) ?? {})) {
    if (key !== "name" && value !== null) t.put(["metadata", key], value);
  }
  const name = `${owner}-pgbouncer`;
  t.put(["metadata", "name"], name, from);
  return name;
}
