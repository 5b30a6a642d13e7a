/** What must hold of the objects that we have in clusters, whatever happened before. */
import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { idOf } from "../../../src/run/mesh/write/steps.ts";

export interface Found {
  readonly cluster: string;
  readonly object: JsonObject;
}

const texts = (value: JsonValue | undefined): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
const listOf = (value: JsonValue | undefined): JsonValue[] => (Array.isArray(value) ? value : []);

export function nameOf({ cluster, object }: Found): string {
  const { name, namespace = "" } = object["metadata"] as { name: string; namespace?: string };
  return `${cluster}: ${String(object["kind"])} ${namespace}/${name}`;
}

export function isOurs(object: JsonObject): boolean {
  const metadata = get(object, "metadata");
  return (
    get(get(metadata, "labels"), "app.kubernetes.io/managed-by") === "fairlead" ||
    get(get(metadata, "labels"), "admiral.io/vs-routing") === "enabled" ||
    get(get(metadata, "annotations"), "app.kubernetes.io/created-by") === "admiral" ||
    get(get(metadata, "annotations"), "associated-routing-policy-identity") !== undefined
  );
}

/** Never two addresses for one host, nor one for two, in all clusters together. */
export function addressProblems(objects: readonly Found[]): string[] {
  const problems: string[] = [];
  const ofHost = new Map<string, string>();
  const ofAddress = new Map<string, string>();
  for (const found of objects) {
    if (found.object["kind"] !== "ServiceEntry") continue;
    const spec = found.object["spec"];
    const own = texts(get(spec, "addresses"));
    for (const name of texts(get(spec, "hosts"))) {
      const host = name.toLowerCase();
      const known = ofHost.get(host);
      if (known !== undefined && known !== own.join()) problems.push(`${host} has ${known} and ${own.join()}`);
      ofHost.set(host, own.join());
      for (const address of own) {
        const other = ofAddress.get(address) ?? host;
        if (other !== host) problems.push(`${address} is of ${other} and of ${host}: ${nameOf(found)}`);
        ofAddress.set(address, host);
      }
    }
  }
  return problems;
}

/** A ServiceEntry has endpoints with addresses, and no port that its ports do not have. */
export function entryProblems(found: Found): string[] {
  if (found.object["kind"] !== "ServiceEntry") return [];
  const spec = found.object["spec"];
  const endpoints = listOf(get(spec, "endpoints"));
  const ports = listOf(get(spec, "ports"));
  const problems: string[] = [];
  const say = (what: string): void => void problems.push(`${nameOf(found)} ${what}`);
  if (endpoints.length === 0) say("has no endpoint");
  if (ports.length === 0) say("has no port");
  const names = new Set(ports.map((port) => String(get(port, "name") as string)));
  const numbers = new Set(ports.map((port) => get(port, "number")));
  if (names.size < ports.length || numbers.size < ports.length) say("has a port twice");
  const addresses = new Set<string>();
  for (const endpoint of endpoints) {
    const address = get(endpoint, "address");
    if (typeof address !== "string" || !/^[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9.])?$/.test(address)) {
      say(`has an endpoint without an address: ${JSON.stringify(endpoint)}`);
      continue;
    }
    if (addresses.has(address)) say(`has ${address} twice`);
    addresses.add(address);
    const own = get(endpoint, "ports");
    const used = isObject(own) ? Object.entries(own) : [];
    if (used.length === 0) say(`reaches ${address} by no port`);
    for (const [name, number] of used) {
      if (!names.has(name)) say(`has a port ${name} at ${address} that it does not have itself`);
      if (typeof number !== "number" || number < 1 || number > 65_535) say(`has port ${String(number)} at ${address}`);
    }
  }
  return problems;
}

/**
 * Hosts of the mesh to which rules apply and routes lead have an entry in the same cluster. Names of the cluster's own
 * are its DNS's business, and copies of what users wrote are theirs.
 */
export function hostProblems(objects: readonly Found[], isExcused: (found: Found) => boolean): string[] {
  const entries = new Map<string, Set<string>>();
  for (const { cluster, object } of objects) {
    if (object["kind"] !== "ServiceEntry") continue;
    const known = entries.get(cluster) ?? new Set();
    entries.set(cluster, known);
    for (const host of texts(get(object["spec"], "hosts"))) known.add(host.toLowerCase());
  }
  const problems: string[] = [];
  for (const found of objects) {
    const { cluster, object } = found;
    const names =
      object["kind"] === "DestinationRule"
        ? texts([get(object["spec"], "host") ?? ""])
        : object["kind"] === "VirtualService"
          ? destinations(object["spec"])
          : [];
    for (const name of names) {
      const host = name.toLowerCase();
      if (host.endsWith(".global") && !isExcused({ cluster, object }) && entries.get(cluster)?.has(host) !== true) {
        problems.push(`${nameOf(found)} is about ${host}, which has no entry there`);
      }
    }
  }
  return problems;
}

function destinations(value: JsonValue | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(destinations);
  if (!isObject(value)) return [];
  const host = get(value["destination"], "host");
  return [...(typeof host === "string" ? [host] : []), ...Object.values(value).flatMap(destinations)];
}

/** What an object is known by in its cluster. */
export function idOfObject(object: JsonObject): string {
  const { name, namespace } = object["metadata"] as { name: string; namespace?: string };
  const kind = object["kind"] as string;
  return idOf(object["apiVersion"] as string, { kind, name, ...(namespace === undefined ? {} : { namespace }) });
}
