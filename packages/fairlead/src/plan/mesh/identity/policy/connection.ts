import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { integer, shown, text } from "../../../shared/read.ts";
import { seconds } from "../../../shared/duration.ts";
import { isAddressRange } from "../../../routes/addresses.ts";
import { meshFinding } from "../../findings.ts";
import type { PolicyFact } from "../../model/facts.ts";
import type { MeshSettings } from "../../model/settings.ts";
import { policyRef } from "../refs.ts";

export interface Connections {
  /** Istio's `connectionPool`. */
  readonly pool: JsonObject;
  /** Istio's `tunnel`. */
  readonly tunnel: JsonObject | undefined;
  readonly findings: readonly Finding[];
}

type Reader = (value: JsonValue) => JsonValue | undefined;

const count: Reader = (value) => {
  const number = integer(value);
  return number !== undefined && number >= 0 && number < 2 ** 31 ? number : undefined;
};
/** At least a millisecond, in seconds, as Istio prints it. */
const duration: Reader = (value) => {
  const length = typeof value === "string" ? seconds(value) : undefined;
  return length === undefined || length < 0.001 || length > 315_576_000_000 ? undefined : formatSeconds(length);
};
const flag: Reader = (value) => (typeof value === "boolean" ? value : undefined);
const upgrades = ["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"];
const upgrade: Reader = (value) => {
  if (typeof value === "number") return upgrades[value];
  return typeof value === "string" && upgrades.includes(value) ? value : undefined;
};

/** Every documented field, by its path under `connectionPool`; the predecessor reads those that are marked. */
const fields: readonly { readonly path: readonly string[]; readonly read: Reader; readonly four?: true }[] = [
  { path: ["tcp", "maxConnections"], read: count },
  { path: ["tcp", "connectTimeout"], read: duration },
  { path: ["tcp", "tcpKeepalive", "probes"], read: count },
  { path: ["tcp", "tcpKeepalive", "time"], read: duration },
  { path: ["tcp", "tcpKeepalive", "interval"], read: duration },
  { path: ["tcp", "maxConnectionDuration"], read: duration, four: true },
  { path: ["http", "http1MaxPendingRequests"], read: count },
  { path: ["http", "http2MaxRequests"], read: count, four: true },
  { path: ["http", "maxRequestsPerConnection"], read: count, four: true },
  { path: ["http", "maxRetries"], read: count },
  { path: ["http", "idleTimeout"], read: duration, four: true },
  { path: ["http", "h2UpgradePolicy"], read: upgrade },
  { path: ["http", "useClientProtocol"], read: flag },
];

/** What a ClientConnectionConfig makes of the defaults; without one the defaults. */
export function connectionsOf(policy: PolicyFact | undefined, settings: MeshSettings): Connections {
  const { connectTimeoutSeconds, maxRequestsPerConnection } = settings.traffic;
  const pool: JsonObject = { http: { maxRequestsPerConnection } };
  if (connectTimeoutSeconds !== undefined) pool["tcp"] = { connectTimeout: formatSeconds(connectTimeoutSeconds) };
  if (policy === undefined) return { pool, tunnel: undefined, findings: [] };
  const findings: Finding[] = [];
  const problem = (message: string, field: readonly string[]) =>
    findings.push(meshFinding("FL810", { message, object: policyRef(policy), field: ["spec", ...field] }));

  for (const { path, read, four } of fields) {
    if (four === undefined && settings.writing.connectionFields === "four") continue;
    let written: JsonValue | undefined = get(policy.spec, "connectionPool");
    for (const step of path) written = get(written, step);
    if (written === undefined || written === null || (four === true && written === 0) || written === "") continue;
    const value = read(written);
    if (value === undefined) {
      problem(`${path.join(".")} ${shown(written)} cannot be read: it is left out`, ["connectionPool", ...path]);
      continue;
    }
    let at = pool;
    for (const step of path.slice(0, -1)) {
      const inner = at[step];
      at = isObject(inner) ? inner : ((at[step] = {}) as JsonObject);
    }
    at[path.at(-1)!] = value;
  }
  // Istio refuses a rule that has both; its documentation says which one would win.
  const http = pool["http"] as JsonObject;
  if (http["useClientProtocol"] === true && http["h2UpgradePolicy"] === "UPGRADE") {
    delete http["h2UpgradePolicy"];
    const message = "http.h2UpgradePolicy UPGRADE has no effect beside useClientProtocol: it is left out";
    problem(message, ["connectionPool", "http", "h2UpgradePolicy"]);
  }

  const tunnel = get(policy.spec, "tunnel");
  if (settings.writing.connectionFields === "four" || !isObject(tunnel)) return { pool, tunnel: undefined, findings };
  const targetHost = text(get(tunnel, "targetHost"));
  const targetPort = integer(get(tunnel, "targetPort"));
  const protocol = text(get(tunnel, "protocol"));
  // What Istio's validation takes: one of its two protocols, to a host that may be one.
  if (protocol !== undefined && protocol !== "CONNECT" && protocol !== "POST") {
    problem(`tunnel.protocol ${shown(protocol)} is neither CONNECT nor POST: there is no tunnel`, [
      "tunnel",
      "protocol",
    ]);
    return { pool, tunnel: undefined, findings };
  }
  if (targetHost === undefined || targetPort === undefined || targetPort < 1 || targetPort > 65535) {
    if (Object.keys(tunnel).length > 0) problem("tunnel needs targetHost and targetPort", ["tunnel"]);
    return { pool, tunnel: undefined, findings };
  }
  if (!isHost(targetHost)) {
    problem(`tunnel.targetHost ${shown(targetHost)} is no name of a host: there is no tunnel`, [
      "tunnel",
      "targetHost",
    ]);
    return { pool, tunnel: undefined, findings };
  }
  return { pool, tunnel: { ...(protocol === undefined ? {} : { protocol }), targetHost, targetPort }, findings };
}

/** An address, or a name as Istio takes it: labels of letters, digits and dashes, the last not a number. */
function isHost(name: string): boolean {
  if (!name.includes("/") && isAddressRange(name)) return true;
  const labels = name.replace(/\.$/, "").split(".");
  const isLabel = (label: string): boolean => /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/i.test(label);
  return name.length <= 255 && labels.every(isLabel) && !/^\d+$/.test(labels.at(-1)!);
}

/** `1.5s`; in whole milliseconds, since Istio refuses anything finer. */
export function formatSeconds(length: number): string {
  const milliseconds = Math.round(length * 1000) || (length > 0 ? 1 : 0);
  return `${milliseconds / 1000}s`;
}
