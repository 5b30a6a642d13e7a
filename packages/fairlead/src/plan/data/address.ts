import { isObject } from "@fairlead/apimachinery";
import type { EnvVar } from "@fairlead/apimachinery/k8s";
import type { Finding } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import type { AppContainer } from "../../kinds/container.ts";
import type { Declaration } from "../declaration.ts";
import { items, object, text, texts } from "../shared/read.ts";
import type { World } from "../world.ts";
import { connectionAliases } from "./connection-keys.ts";
import { findConnections } from "./connection.ts";
import { dataFinding } from "./findings.ts";
import { resolvePool, type Pool } from "./pool.ts";

export interface PoolEnvironment {
  readonly env: readonly EnvVar[];
  readonly findings: readonly Finding[];
}

/**
 * The variables by which an App (or a Task) finds the ConnectionPools that it names: libpq's PGHOST, PGPORT, PGDATABASE,
 * PGUSER and PGPASSWORD for the first one; for each further one the same with its name in front, ORDERS_DB_PGHOST.
 * Database and credentials are read from the pool's connection Secret. A pool that is not declared gives nothing.
 * https://www.postgresql.org/docs/current/libpq-envars.html
 */
export function poolEnvironment(world: World, app: Declaration<Pick<AppSpec, "connectionPools">>): PoolEnvironment {
  const spec: unknown = app.spec;
  if (!isObject(spec)) return { env: [], findings: [] };
  const names = [...new Set(texts(app.spec.connectionPools))];
  const pools = names.flatMap((name) => {
    const declaration = world.declared("ConnectionPool", app.namespace, name);
    return declaration === undefined ? [] : [resolvePool(declaration, world)];
  });
  return {
    env: pools.flatMap((pool, index) => variablesOf(pool, index === 0 ? "" : prefixOf(pool.declaration.ref.name))),
    findings: pools.flatMap((pool) => bypasses(pool, app, world)),
  };
}

function variablesOf({ name, port, secretName, keys }: Pool, prefix: string): EnvVar[] {
  const secret = (variable: string, key: string): EnvVar => ({
    name: `${prefix}${variable}`,
    valueFrom: { secretKeyRef: { name: secretName, key } },
  });
  return [
    { name: `${prefix}PGHOST`, value: name },
    { name: `${prefix}PGPORT`, value: String(port) },
    secret("PGDATABASE", keys.database),
    secret("PGUSER", keys.user),
    secret("PGPASSWORD", keys.password),
  ];
}

function prefixOf(name: string): string {
  const letters = name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_");
  return `${/^[0-9]/.test(letters) ? "_" : ""}${letters}_`;
}

/** The places where an App reads the database's own address: a whole Secret with it, or its key alone. */
function bypasses(pool: Pool, app: Declaration, world: World): Finding[] {
  const found: Finding[] = [];
  const say = (secret: string, field: readonly (string | number)[]) => {
    found.push(
      dataFinding("FL405", {
        message: `Secret ${secret} gives the database's own address, so ${app.name} can bypass the pool ${pool.declaration.ref.name} that it names`,
        hint: "take the Secret out; the pool gives PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD",
        object: app.ref,
        field,
      }),
    );
  };
  const isConnection = (name: string | undefined): name is string =>
    name !== undefined && (name === pool.secretName || holdsHost(world, app.namespace, name));
  const spec = app.spec as unknown as { readonly [list: string]: readonly AppContainer[] | undefined };
  for (const list of ["initContainers", "containers"] as const) {
    if (!Array.isArray(spec[list])) continue;
    for (const [index, container] of (spec[list] as readonly AppContainer[]).entries()) {
      if (!isObject(container)) continue;
      const field = ["spec", list, index];
      texts(container.secrets).forEach((name, at) => {
        if (isConnection(name)) say(name, [...field, "secrets", at]);
      });
      items(container.envFrom).forEach((source, at) => {
        const name = text(object(source.secretRef)?.name);
        if (isConnection(name)) say(name, [...field, "envFrom", at]);
      });
      items(container.env).forEach((variable, at) => {
        const reference = object(object(variable.valueFrom)?.secretKeyRef);
        const name = text(reference?.name);
        const isHost = reference?.key === pool.keys.host && name === pool.secretName;
        if (isHost) say(name, [...field, "env", at]);
      });
    }
  }
  return found;
}

/** Another Secret of the input that holds the address of a database, too. */
function holdsHost(world: World, namespace: string | undefined, name: string): boolean {
  const keys = findConnections(world, namespace, name)[0]?.keys ?? [];
  const has = (aliases: readonly string[]) => aliases.some((alias) => keys.includes(alias));
  return has(connectionAliases.host.slice(0, 5)) && has(connectionAliases.password);
}
