/** What `fairlead mesh diff` says, change by change, and what of it is known. */
import { equal, type JsonValue } from "@fairlead/apimachinery";

/** One field that differs, or an object that comes or goes (`path` is empty then). */
export interface Difference {
  readonly cluster: string;
  readonly change: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

interface DiffOutput {
  readonly clusters: {
    readonly [cluster: string]: {
      readonly objects: readonly {
        readonly change: string;
        readonly object: { readonly kind: string; readonly namespace: string; readonly name: string };
        readonly fields: readonly Pick<Difference, "path" | "change" | "before" | "after">[];
      }[];
    };
  };
  readonly findings: readonly JsonValue[];
}

export function differencesOf(text: string): { differences: Difference[]; findings: readonly JsonValue[] } {
  const { clusters, findings } = JSON.parse(text) as DiffOutput;
  const differences = Object.entries(clusters).flatMap(([cluster, { objects }]) =>
    objects.flatMap(({ change, object: { kind, namespace, name }, fields }) => {
      const place = { cluster, kind, namespace, name };
      if (change !== "changed") return [{ ...place, change, path: "", before: undefined, after: undefined }];
      return fields.map(({ path, change: how, before, after }) => ({ ...place, change: how, path, before, after }));
    }),
  );
  return { differences, findings };
}

/** A difference that is known, with its reason. */
export interface Known {
  readonly why: string;
  readonly matches: (one: Difference) => boolean;
}

const identityKey = "identity";
const envLabel = "metadata.labels[admiral.io/env]";
const endpointLabels = ["deployment", "rollout"].map((type) => ({ type, "security.istio.io/tlsMode": "istio" }));

/**
 * What the newest release (1.4.0 of June 2024) writes otherwise than the HEAD of October 2025, which compat mode
 * follows: an upgrade of the predecessor makes the same changes.
 */
export const sinceRelease: readonly Known[] = [
  {
    why: "A ServiceEntry has its identity in an annotation now: a label's value is too short for some",
    matches: ({ kind, path, change, before, after, name }) =>
      kind === "ServiceEntry" &&
      ((path === `metadata.labels.${identityKey}` && change === "remove" && (before === "" ? isPreview(name) : true)) ||
        (path === `metadata.annotations.${identityKey}` && change === "add" && after !== "")),
  },
  {
    why: "The release takes a preview's env and identity from its name, so that they are `preview` and empty",
    matches: ({ kind, name, path, before, after }) =>
      kind === "ServiceEntry" && isPreview(name) && path === envLabel && before === "preview" && after === "stage",
  },
  {
    why: "Endpoints say what they come from, and that they speak mutual TLS",
    matches: ({ kind, path, change, after }) =>
      kind === "ServiceEntry" &&
      (isEndpointLabels(path, change, after) ||
        // They come from an unordered map, another time in another order.
        (change === "order" && path === "spec.endpoints")),
  },
  {
    why: "The release limits HTTP/2 requests to 1000; HEAD does so only for a ClientConnectionConfig",
    matches: ({ kind, path, before, after }) =>
      isIn(kind, path, "connectionPool.http.http2MaxRequests") && before === 1000 && after === undefined,
  },
  {
    why: "New endpoints warm up",
    matches: ({ kind, path, before, after }) =>
      isIn(kind, path, "loadBalancer.warmupDurationSecs") && before === undefined && after === "45s",
  },
  {
    why: "A gateway alone was ejected for up to 34 percent",
    matches: ({ kind, path, before, after }) =>
      isIn(kind, path, "outlierDetection.maxEjectionPercent") && before === 34 && after === 33,
  },
  {
    why: "A canary has a name of its own",
    matches: ({ change, name, namespace }) =>
      change === "added" && namespace === "admiral-sync" && name.startsWith("canary."),
  },
  {
    why: "That name gets an address, and nothing else about addresses changes",
    matches: ({ kind, path, before, after }) =>
      kind === "ConfigMap" && path === "data.serviceEntryAddressStore" && isWithCanary(before, after),
  },
  {
    why: "Routing within a cluster is written even where it is off: exported to nobody",
    matches: ({ change, name, namespace }) =>
      change === "added" && namespace === "istio-system" && /-incluster-(vs|dr)$/.test(name),
  },
];

function isPreview(name: string): boolean {
  return name.startsWith("preview.");
}

function isIn(kind: string, path: string, field: string): boolean {
  return kind === "DestinationRule" && path === `spec.trafficPolicy.${field}`;
}

/** One more address, which is the next one, for a canary's name. */
function isWithCanary(before: JsonValue | undefined, after: JsonValue | undefined): boolean {
  const lines = String(before).split("\n");
  const more = String(after)
    .split("\n")
    .filter((line) => !lines.includes(line));
  const [entry, address, ...others] = more;
  const number = /^ {2}canary\.\S+-se: (\S+)$/.exec(entry ?? "")?.[1];
  const isKept = lines.every((line) => String(after).split("\n").includes(line));
  return number !== undefined && address === `- ${number}` && others.length === 0 && isKept;
}

function isEndpointLabels(path: string, change: string, after: JsonValue | undefined): boolean {
  const at = /^spec\.endpoints\[address=[^\]]+\]\.labels$/;
  return change === "add" && at.test(path) && endpointLabels.some((known) => equal(after ?? null, known));
}

/** The differences that no row knows, and the rows that nothing needed. */
export function judge(
  differences: readonly Difference[],
  known: readonly Known[],
): { readonly unknown: readonly Difference[]; readonly unused: readonly string[] } {
  return {
    unknown: differences.filter((one) => !known.some(({ matches }) => matches(one))),
    unused: known.filter(({ matches }) => !differences.some(matches)).map(({ why }) => why),
  };
}
