import { get, isObject, nearest, textOf, type FieldPath, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import type { Locate } from "../../compile/resource.ts";
import type { ClusterView } from "../../plan/mesh/model/fleet.ts";
import { meshCliFinding } from "./findings.ts";

/** What `fleet.yaml` says of a cluster beyond its manifests; what is absent is taken from them. */
export interface DeclaredCluster {
  readonly name: string;
  readonly region?: string;
  readonly zones?: readonly string[];
  readonly network?: string;
  readonly trustDomain?: string;
  readonly clusterDomain?: string;
  readonly gateway?: { readonly address: string; readonly port?: number };
  readonly view?: ClusterView;
}

export interface DeclaredFleet {
  readonly clusters: readonly DeclaredCluster[];
  /** Whose Dependencies and configuration count; undefined: all clusters'. */
  readonly home: string | undefined;
}

const most = 1_000;
const views: readonly ClusterView[] = ["current", "stale", "unread", "paused"];
const texts = ["region", "network", "trustDomain", "clusterDomain"] as const;
const known = new Set<string>(["name", ...texts, "zones", "nodes", "istio", "gateway", "view"]);

/**
 * Reads `fleet.yaml`: the Fleet that `fairlead up` starts, whose clusters may say more here, or the same list bare
 * (`clusters: [{name: c1, region: eu}]`, or `clusters: {c1: {region: eu}}`).
 */
export function readFleetFile(value: JsonValue, file: string, locate?: Locate): DeclaredFleet | Finding {
  const inSpec = isObject(get(value, "spec"));
  const root = inSpec ? get(value, "spec") : value;
  const wrong = (field: FieldPath, message: string, hint: string, at: "key" | "value" = "value"): Finding => {
    const place = locate?.([...(inSpec ? ["spec"] : []), ...field], at);
    return meshCliFinding("FL830", { message, hint, file, ...place });
  };
  const listed = get(root, "clusters");
  const isMap = isObject(listed);
  const items: JsonValue = isMap
    ? Object.entries(listed).map(([name, facts]) =>
        facts === null ? { name } : isObject(facts) ? { ...facts, name } : facts,
      )
    : (listed ?? null);
  if (!Array.isArray(items))
    return wrong(["clusters"], "no list of clusters", "write `clusters: [{name: paris, region: eu-west}]`");
  if (items.length > most)
    return wrong(["clusters"], `${items.length} clusters`, `at most ${most} can be planned together`);
  const clusters: DeclaredCluster[] = [];
  for (const [index, item] of items.entries()) {
    const key = isMap ? Object.keys(listed)[index]! : index;
    const where = isMap ? `clusters.${key}` : `clusters[${index}]`;
    const read = clusterOf(item);
    if ("message" in read) {
      const { field, message, hint = "see docs/how-to/mesh-gitops.md" } = read;
      return wrong(["clusters", key, ...field], `${where}: ${message}`, hint, read.at);
    }
    if (clusters.some(({ name }) => name === read.name)) {
      const message = `${where}: ${JSON.stringify(read.name)} is there twice`;
      return wrong(["clusters", key, "name"], message, "name each cluster once");
    }
    clusters.push(read);
  }
  const home = get(root, "home");
  if (home === undefined || home === null || home === "") return { clusters, home: undefined };
  if (typeof home === "string" && clusters.some(({ name }) => name === home)) return { clusters, home };
  const guess = nearest(
    textOf(home),
    clusters.map(({ name }) => name),
  );
  const hint = guess === undefined ? "name one of the clusters" : `did you mean ${guess}?`;
  return wrong(["home"], `home: there is no cluster ${JSON.stringify(home)}`, hint);
}

/** What is wrong with a cluster, and where in it. */
interface Mistake {
  readonly field: FieldPath;
  readonly message: string;
  readonly hint?: string;
  readonly at?: "key";
}

function clusterOf(item: JsonValue): DeclaredCluster | Mistake {
  if (!isObject(item)) return { field: [], message: "a cluster is an object with a name" };
  const name = textOf(item["name"]);
  if (name === "") return { field: ["name"], message: "a cluster needs a name" };
  // It is the name of a folder.
  if (!/^[A-Za-z0-9]([-._A-Za-z0-9]{0,251}[A-Za-z0-9])?$/.test(name))
    return { field: ["name"], message: `${JSON.stringify(name)} cannot be a cluster's name`, hint: nameHint };
  const unknown = Object.keys(item).find((key) => !known.has(key));
  if (unknown !== undefined) {
    const guess = nearest(unknown, [...known]);
    const hint = guess === undefined ? `known are ${[...known].join(", ")}` : `did you mean ${guess}?`;
    return { field: [unknown], at: "key", message: `unknown field ${JSON.stringify(unknown)}`, hint };
  }
  const notText = texts.find((key) => item[key] !== undefined && typeof item[key] !== "string");
  if (notText !== undefined) return { field: [notText], message: `${notText}: a text is wanted` };
  const zones = item["zones"];
  if (zones !== undefined && (!Array.isArray(zones) || zones.some((zone) => typeof zone !== "string"))) {
    return { field: ["zones"], message: "zones: a list of names is wanted" };
  }
  const view = item["view"];
  if (view !== undefined && !views.includes(view as ClusterView))
    return { field: ["view"], message: `view: one of ${views.join(", ")} is wanted` };
  const gateway = gatewayOf(item["gateway"]);
  if (gateway === null) {
    return { field: ["gateway"], message: "gateway: `{address: HOST, port: 15443}` is wanted, or the host alone" };
  }
  return {
    name,
    ...Object.fromEntries(texts.flatMap((key) => (textOf(item[key]) === "" ? [] : [[key, textOf(item[key])]]))),
    ...(Array.isArray(zones) && { zones: zones.map(textOf) }),
    ...(gateway !== undefined && { gateway }),
    ...(view !== undefined && { view: view as ClusterView }),
  };
}

const nameHint = "letters, digits, dots, dashes and underscores, as for a folder";

function gatewayOf(value: JsonValue | undefined): DeclaredCluster["gateway"] | null {
  if (value === undefined) return undefined;
  if (typeof value === "string" && value !== "") return { address: value };
  const address = textOf(get(value, "address"));
  const port = get(value, "port");
  if (address === "" || (port !== undefined && !(typeof port === "number" && port > 0 && port < 65_536))) return null;
  return { address, ...(typeof port === "number" && { port }) };
}
