import type { KrmObject, ObjectMeta } from "@fairlead/krm";
import type { ConnectionPoolSpec } from "../../kinds/connection-pool.ts";
import { kind } from "../../kinds/generated/connection-pool.ts";
import { conform } from "../conform.ts";
import type { Declaration } from "../declaration.ts";
import { nameLabel } from "../names.ts";
import { commonLabels, modeOf, objectMetadata, sorted } from "../shared/metadata.ts";
import { reporter, type Reporter } from "../shared/report.ts";
import type { World } from "../world.ts";
import { connectionKeys, type ConnectionKeys } from "./connection-keys.ts";
import { externalItems, findConnections, nearConnection, type ConnectionSource } from "./connection.ts";
import { dataFinding } from "./findings.ts";

export type DataCode = keyof (typeof dataFinding)["definitions"];

/** A ConnectionPool with everything looked up. */
export interface Pool {
  readonly declaration: Declaration<ConnectionPoolSpec>;
  readonly spec: ConnectionPoolSpec;
  readonly world: World;
  /** The name of all its objects. */
  readonly name: string;
  readonly port: number;
  readonly replicas: number;
  readonly secretName: string;
  readonly keys: ConnectionKeys;
  /** The Secret itself, when its content is in the input. */
  readonly secret: KrmObject | undefined;
  readonly selector: { readonly [label: string]: string };
  readonly podLabels: { readonly [label: string]: string };
  readonly report: Reporter<DataCode>;
  metadata(options?: Parameters<typeof objectMetadata>[2]): ObjectMeta;
}

export function resolvePool(given: Declaration<ConnectionPoolSpec>, world: World): Pool {
  const spec = conform<ConnectionPoolSpec>(given.spec, kind.spec) ?? {};
  const report = reporter(dataFinding, given.ref);
  const name = given.compat ? compatName(given, spec, report) : given.name;
  const declaration = { ...given, name, spec };
  const written = spec.connectionSecret ?? given.name;
  const source = findSource(declaration, world, written, report);
  const { keys, missing } = connectionKeys(source?.keys, spec.keys);
  if (source !== undefined && missing.length > 0) {
    const message = `ConnectionSecret is invalid: Required fields are missing: [${missing.join(" ")}]`;
    const what = `${source.object.kind} ${source.object.metadata.name ?? ""}`;
    const hint = `add them to ${what}, or name its keys in \`keys\`; it has ${source.keys?.join(", ") || "none"}`;
    report("FL401", { message, hint, field: ["spec", spec.keys === undefined ? "connectionSecret" : "keys"] });
  }
  const compat = modeOf(declaration) === "compat";
  const selector = { [compat ? "app" : nameLabel]: name };
  return {
    declaration,
    spec,
    world,
    name,
    port: spec.port ?? 6432,
    replicas: spec.replicas ?? 2,
    secretName: source?.secretName ?? written,
    keys,
    secret: source?.object.kind === "Secret" ? source.object : undefined,
    selector,
    podLabels: sorted({ ...commonLabels(declaration, world), ...spec.pod?.labels, ...selector }),
    report,
    metadata: (options) => objectMetadata(declaration, world, { name, primary: true, ...options }),
  };
}

function compatName(given: Declaration, spec: ConnectionPoolSpec, report: Reporter<DataCode>): string {
  if (spec.partOf !== undefined && spec.partOf !== "") return `${spec.partOf}-pgbouncer`;
  const hint = "write `partOf` (part-of), or drop compat mode";
  report("FL407", { message: "part-of is missing, and everything is named after it", hint, field: ["spec", "partOf"] });
  return given.name;
}

function findSource(
  declaration: Declaration<ConnectionPoolSpec>,
  world: World,
  name: string,
  report: Reporter<DataCode>,
): ConnectionSource | undefined {
  const found = findConnections(world, declaration.namespace, name);
  const field = ["spec", "connectionSecret"];
  const [source] = found;
  if (source === undefined) {
    const guess = nearConnection(world, declaration.namespace, name);
    const severity = declaration.compat || guess !== undefined ? "error" : "warning";
    // The predecessor's words, which people search for.
    const message = declaration.compat
      ? `External secret named ${name} is not found or ConnectionSecret name doesn't match the ExternalSecret target name`
      : `no Secret or ExternalSecret ${name} is in the input`;
    const hint = guess === undefined ? "add it to the input, unless it is made elsewhere" : `did you mean ${guess}?`;
    report("FL400", { message, hint, field, severity });
    return undefined;
  }
  const names = new Set(found.map(({ secretName }) => secretName));
  if (names.size > 1) {
    const message = `the connection ${name} is ${[...names].sort().join(" and ")}`;
    report("FL406", { message, hint: "name one of them in `connectionSecret`", field });
  }
  checkExternal(source, report);
  return source;
}

function checkExternal({ object }: ConnectionSource, report: Reporter<DataCode>): void {
  if (object.kind !== "ExternalSecret") return;
  const wrong = externalItems(object).flatMap((item, index) => {
    const remote = item["remoteRef"] as { key?: unknown; property?: unknown } | undefined;
    const fields = [
      ["secretKey", item["secretKey"]],
      ["remoteRef.key", remote?.key ?? (item["sourceRef"] === undefined ? undefined : "other")],
      ["remoteRef.property", remote?.property ?? "none"],
    ] as const;
    return fields
      .filter(([, value]) => typeof value !== "string" || value === "")
      .map(([name]) => `data[${index}].${name}`);
  });
  if (wrong.length === 0) return;
  const message = `ConnectionSecret is invalid: One of the fields (secretKey, remoteRef.key, or remoteRef.property) is empty: ${wrong.join(", ")}`;
  const hint = `fill them in ExternalSecret ${object.metadata.name ?? ""}`;
  report("FL402", { message, hint, field: ["spec", "connectionSecret"] });
}
