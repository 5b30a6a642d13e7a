import { nearest, setOwn, type JsonObject } from "@fairlead/apimachinery";
import type { Reporter } from "../shared/report.ts";
import type { DataCode } from "./pool.ts";

/** The settings that the image's entry point knows; they are PgBouncer's own. https://www.pgbouncer.org/config.html */
const known = new Set(
  (
    "ADMIN_USERS APPLICATION_NAME_ADD_HOST AUTH_HBA_FILE AUTH_QUERY AUTH_TYPE AUTH_USER AUTODB_IDLE_TIMEOUT " +
    "CLIENT_ENCODING CLIENT_IDLE_TIMEOUT CLIENT_LOGIN_TIMEOUT CLIENT_TLS_CA_FILE CLIENT_TLS_CERT_FILE " +
    "CLIENT_TLS_CIPHERS CLIENT_TLS_DHEPARAMS CLIENT_TLS_ECDHCURVE CLIENT_TLS_KEY_FILE CLIENT_TLS_PROTOCOLS " +
    "CLIENT_TLS_SSLMODE DEFAULT_POOL_SIZE DISABLE_PQEXEC DNS_MAX_TTL DNS_NXDOMAIN_TTL IDLE_TRANSACTION_TIMEOUT " +
    "IGNORE_STARTUP_PARAMETERS LISTEN_BACKLOG LOG_CONNECTIONS LOG_DISCONNECTIONS LOG_POOLER_ERRORS LOG_STATS " +
    "MAX_CLIENT_CONN MAX_DB_CONNECTIONS MAX_PACKET_SIZE MAX_PREPARED_STATEMENTS MAX_USER_CONNECTIONS MIN_POOL_SIZE " +
    "PKT_BUF POOL_MODE QUERY_TIMEOUT QUERY_WAIT_TIMEOUT RESERVE_POOL_SIZE RESERVE_POOL_TIMEOUT SBUF_LOOPCNT " +
    "SERVER_CHECK_DELAY SERVER_CHECK_QUERY SERVER_CONNECT_TIMEOUT SERVER_IDLE_TIMEOUT SERVER_LIFETIME " +
    "SERVER_LOGIN_RETRY SERVER_RESET_QUERY SERVER_RESET_QUERY_ALWAYS SERVER_ROUND_ROBIN SERVER_TLS_CA_FILE " +
    "SERVER_TLS_CERT_FILE SERVER_TLS_CIPHERS SERVER_TLS_KEY_FILE SERVER_TLS_PROTOCOLS SERVER_TLS_SSLMODE " +
    "STATS_PERIOD STATS_USERS SUSPEND_TIMEOUT TCP_DEFER_ACCEPT TCP_KEEPALIVE TCP_KEEPCNT TCP_KEEPIDLE TCP_KEEPINTVL " +
    "TCP_USER_TIMEOUT TIMEZONE VERBOSE"
  ).split(" "),
);

const notOurs = new Set([
  "DATABASE_URL",
  "DB_HOST",
  "DB_NAME",
  "DB_PASSWORD",
  "DB_PORT",
  "DB_USER",
  "LISTEN_ADDR",
  "LISTEN_PORT",
]);

/** `pool_size` and bitnami's `PGBOUNCER_POOL_MODE` are the same settings under other names. */
function settingName(written: string): string {
  const name = written.toUpperCase().replace(/^PGBOUNCER_/, "");
  return name === "POOL_SIZE" ? "DEFAULT_POOL_SIZE" : name;
}

/** The ConfigMap's data: texts, by key. In compat mode the keys stay, since the predecessor's image is another. */
export function poolSettings(
  config: { readonly [key: string]: number | string },
  compat: boolean,
  report: Reporter<DataCode>,
): JsonObject {
  const found = new Map<string, string>();
  for (const written of Object.keys(config).sort()) {
    const name = compat ? written : settingName(written);
    const field = ["spec", "config", written];
    if (!compat && notOurs.has(name)) {
      const hint = name.startsWith("LISTEN") ? "write `port`" : "it comes from the connection Secret";
      report("FL404", { message: `the setting ${written} is not the pool's to make`, hint, field });
      continue;
    }
    if (!compat && !known.has(name)) {
      const guess = nearest(name, known);
      const hint = guess === undefined ? "see https://www.pgbouncer.org/config.html" : `did you mean ${guess}?`;
      report("FL403", { message: `PgBouncer's image knows no setting ${written}`, hint, field });
    }
    if (found.has(name)) {
      report("FL408", {
        message: `${written} is the setting ${name}, which is there already`,
        hint: "keep one",
        field,
      });
      continue;
    }
    found.set(name, String(config[written]));
  }
  const data: JsonObject = {};
  for (const name of [...found.keys()].sort()) setOwn(data, name, found.get(name)!);
  return data;
}
