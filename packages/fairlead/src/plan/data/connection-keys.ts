/** The five parts of a connection, and the keys that Secrets have for them, the usual one first. */
export const connectionAliases = {
  host: ["POSTGRESQL_HOST", "POSTGRES_HOST", "PGHOST", "DB_HOST", "DATABASE_HOST", "HOST", "host", "hostname"],
  port: ["POSTGRESQL_PORT", "POSTGRES_PORT", "PGPORT", "DB_PORT", "DATABASE_PORT", "PORT", "port"],
  user: [
    "POSTGRESQL_USERNAME",
    "POSTGRESQL_USER",
    "POSTGRES_USER",
    "POSTGRES_USERNAME",
    "PGUSER",
    "DB_USER",
    "DB_USERNAME",
    "DATABASE_USER",
    "DATABASE_USERNAME",
    "USERNAME",
    "username",
    "user",
  ],
  password: [
    "POSTGRESQL_PASSWORD",
    "POSTGRES_PASSWORD",
    "PGPASSWORD",
    "DB_PASSWORD",
    "DB_PASS",
    "DATABASE_PASSWORD",
    "PASSWORD",
    "password",
  ],
  database: [
    "POSTGRESQL_DATABASE",
    "POSTGRES_DB",
    "POSTGRES_DATABASE",
    "PGDATABASE",
    "DB_NAME",
    "DB_DATABASE",
    "DATABASE_NAME",
    "DATABASE",
    "dbname",
    "database",
  ],
} as const;

export type ConnectionPart = keyof typeof connectionAliases;
export const connectionParts = Object.keys(connectionAliases) as readonly ConnectionPart[];
export type ConnectionKeys = Readonly<Record<ConnectionPart, string>>;

/**
 * The key of each part: the one written, else the first usual one that the Secret has, else the very usual one. `missing`
 * are the parts whose key the Secret does not have; none when its keys are not known.
 */
export function connectionKeys(
  known: readonly string[] | undefined,
  written: Partial<Record<ConnectionPart, string>> = {},
): { readonly keys: ConnectionKeys; readonly missing: readonly string[] } {
  const keys: { [part: string]: string } = {};
  const missing: string[] = [];
  for (const part of connectionParts) {
    const aliases: readonly string[] = connectionAliases[part];
    const own = written[part];
    const found = own ?? aliases.find((alias) => known?.includes(alias)) ?? aliases[0]!;
    keys[part] = found;
    if (known !== undefined && !known.includes(found)) missing.push(found);
  }
  return { keys: keys as ConnectionKeys, missing };
}
