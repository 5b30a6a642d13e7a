import { get, isObject, textOf, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
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
const known = new Set<string>(["name", ...texts, "zones", "nodes", "gateway", "view"]);

/**
 * Reads `fleet.yaml`: the Fleet that `fairlead up` starts, whose clusters may say more here, or the same list bare
 * (`clusters: [{name: c1, region: eu}]`, or `clusters: {c1: {region: eu}}`).
 */
export function readFleetFile(value: JsonValue, file: string): DeclaredFleet | Finding {
  const wrong = (message: string, hint: string): Finding => meshCliFinding("FL830", { message, hint, file });
  const root = isObject(get(value, "spec")) ? get(value, "spec") : value;
  const listed = get(root, "clusters");
  const items = isObject(listed)
    ? Object.entries(listed).map(([name, facts]): JsonValue => ({ ...(isObject(facts) ? facts : {}), name }))
    : listed;
  if (!Array.isArray(items)) return wrong("no list of clusters", "write `clusters: [{name: paris, region: eu-west}]`");
  if (items.length > most) return wrong(`${items.length} clusters`, `at most ${most} can be planned together`);
  const clusters: DeclaredCluster[] = [];
  for (const [index, item] of items.entries()) {
    const read = clusterOf(item);
    if (typeof read === "string") return wrong(`clusters[${index}]: ${read}`, "see docs/how-to/mesh-gitops.md");
    if (clusters.some(({ name }) => name === read.name)) {
      return wrong(`clusters[${index}]: ${JSON.stringify(read.name)} is there twice`, "name each cluster once");
    }
    clusters.push(read);
  }
  const home = textOf(get(root, "home"));
  if (home !== "" && !clusters.some(({ name }) => name === home)) {
    return wrong(`home: there is no cluster ${JSON.stringify(home)}`, "name one of the clusters");
  }
  return { clusters, home: home === "" ? undefined : home };
}

function clusterOf(item: JsonValue): DeclaredCluster | string {
  if (!isObject(item)) return "a cluster is an object with a name";
  const name = textOf(item["name"]);
  if (name === "") return "a cluster needs a name";
  const unknown = Object.keys(item).find((key) => !known.has(key));
  if (unknown !== undefined) return `unknown field ${JSON.stringify(unknown)}; known are ${[...known].join(", ")}`;
  const notText = texts.find((key) => item[key] !== undefined && typeof item[key] !== "string");
  if (notText !== undefined) return `${notText}: a text is wanted`;
  const zones = item["zones"];
  if (zones !== undefined && (!Array.isArray(zones) || zones.some((zone) => typeof zone !== "string"))) {
    return "zones: a list of names is wanted";
  }
  const view = item["view"];
  if (view !== undefined && !views.includes(view as ClusterView)) return `view: one of ${views.join(", ")} is wanted`;
  const gateway = gatewayOf(item["gateway"]);
  if (gateway === null) return "gateway: `{address: HOST, port: 15443}` is wanted, or the host alone";
  return {
    name,
    ...Object.fromEntries(texts.flatMap((key) => (textOf(item[key]) === "" ? [] : [[key, textOf(item[key])]]))),
    ...(Array.isArray(zones) && { zones: zones.map(textOf) }),
    ...(gateway !== undefined && { gateway }),
    ...(view !== undefined && { view: view as ClusterView }),
  };
}

function gatewayOf(value: JsonValue | undefined): DeclaredCluster["gateway"] | null {
  if (value === undefined) return undefined;
  if (typeof value === "string" && value !== "") return { address: value };
  const address = textOf(get(value, "address"));
  const port = get(value, "port");
  if (address === "" || (port !== undefined && !(typeof port === "number" && port > 0 && port < 65_536))) return null;
  return { address, ...(typeof port === "number" && { port }) };
}
