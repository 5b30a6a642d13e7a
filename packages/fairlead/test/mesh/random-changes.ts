import type { JsonObject } from "@fairlead/apimachinery";
import fc from "fast-check";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { dependency, gateway, gone, namespace, node, policy, put, service, workload } from "./fleet-objects.ts";

const cluster = fc.constantFrom("a", "b", "home");
const space = fc.constantFrom("shop", "team-prd");
const identity = fc.constantFrom("orders", "Cart", "pay");
const name = fc.constantFrom("one", "two");
const day = fc.constantFrom("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
const optional = (key: string, ...values: readonly string[]): fc.Arbitrary<JsonObject> =>
  fc.constantFrom(...values).map((value): JsonObject => (value === "" ? {} : { [key]: value }));

const workloads = fc
  .record({
    cluster,
    namespace: space,
    name,
    kind: fc.constantFrom("Deployment", "StatefulSet", "Job", "Rollout"),
    identity: fc.oneof(identity, fc.constant("")),
    labels: fc
      .tuple(
        optional("env", "", "prd"),
        optional("code", "", "pay"),
        optional("sidecar.istio.io/inject", "true", "false"),
      )
      .map((all): JsonObject => Object.assign({}, ...all) as JsonObject),
    marks: optional("fairlead.dev/hand-over", "", "*"),
    createdAt: day,
    serviceAccount: fc.constantFrom("x", "y"),
    spec: fc.constant({
      strategy: {
        canary: {
          stableService: "one",
          canaryService: "two",
          trafficRouting: { istio: { virtualService: { name: "one" } } },
        },
      },
    }),
  })
  .map(({ spec, ...text }) =>
    workload(text.kind === "Rollout" ? { ...text, spec: withTemplate(text.name, spec, text) } : text),
  );

/** A Rollout's own spec does not take the place of its template. */
function withTemplate(
  app: string,
  strategy: JsonObject,
  { identity: id, labels }: { identity: string; labels: JsonObject },
): JsonObject {
  const named = id === "" ? {} : { identity: id };
  return {
    ...strategy,
    template: { metadata: { labels: { app, "sidecar.istio.io/inject": "true", ...named, ...labels } } },
  };
}

const services = fc
  .record({
    cluster,
    namespace: space,
    name,
    selector: fc.constantFrom("one", "two").map((app): JsonObject => ({ app })),
    labels: optional("identity", "", "orders", "pay"),
    createdAt: day,
  })
  .map(service);

const policies = fc
  .record({
    cluster,
    name,
    identity,
    kind: fc.constantFrom("GlobalTrafficPolicy", "OutlierDetection"),
    prefix: fc.constantFrom("default", "west"),
  })
  .map((one) =>
    policy(
      one.cluster,
      one.name,
      { labels: { identity: one.identity } },
      { policy: [{ dnsPrefix: one.prefix }] },
      one.kind,
    ),
  );

const who = fc.constantFrom("orders", "cart", "pay", "*");
const dependencies = fc
  .record({
    name,
    source: who,
    destinations: fc.uniqueArray(who, { maxLength: 2 }),
    more: optional("identityLabel", "", "", "code"),
  })
  .map((one) => dependency(one.name, one.source, one.destinations, one.more));

const others = fc.oneof(
  fc
    .tuple(cluster, space, name)
    .map(([where, which, called]) =>
      put(where, "multicluster.x-k8s.io/v1alpha1", "ServiceExport", { name: called, namespace: which }, {}),
    ),
  fc.tuple(cluster, space, name).map(([where, which, called]) =>
    put(
      where,
      "argoproj.io/v1alpha1",
      "Rollout",
      { name: "by-reference", namespace: which },
      {
        selector: { matchLabels: { app: called } },
        workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: called },
        strategy: { blueGreen: { activeService: "one", previewService: "two" } },
      },
    ),
  ),
  fc.tuple(cluster, fc.constantFrom("one.example", "192.0.2.1")).map(([where, host]) => gateway(where, host)),
  fc
    .tuple(cluster, name, fc.constantFrom("r1", "r2"))
    .map(([where, which, region]) => node(where, which, region, `${region}a`)),
  fc
    .tuple(cluster, space, optional("istio-injection", "", "disabled"), optional("admiral.io/ignore", "", "true"))
    .map(([where, which, labels, marks]) => namespace(where, which, labels, marks)),
  fc
    .tuple(cluster, space)
    .map(([where, which]) =>
      put(
        where,
        "networking.istio.io/v1",
        "Sidecar",
        { name: "default", namespace: which },
        { egress: [{ hosts: ["./*"] }] },
      ),
    ),
  fc
    .tuple(
      cluster,
      space,
      name,
      fc.constantFrom("default.orders.global", "other.example", "west.prd.pay.global"),
      fc.constantFrom(10, 20),
    )
    .map(([where, which, called, host, weight]) =>
      put(
        where,
        "networking.istio.io/v1",
        "VirtualService",
        { name: called, namespace: which },
        {
          hosts: [host],
          http: [
            {
              route: [
                { destination: { host: "one" }, weight: 100 - weight },
                { destination: { host: "two" }, weight },
              ],
            },
          ],
        },
      ),
    ),
  fc
    .tuple(cluster, fc.constantFrom("default.orders.global", "prd.pay.global"), fc.boolean())
    .map(([where, host, named]) =>
      put(
        where,
        "networking.istio.io/v1",
        named ? "ServiceEntry" : "DestinationRule",
        {
          name: `${host}-${named ? "se" : "default-dr"}`,
          namespace: "fairlead-mesh",
          annotations: {
            "app.kubernetes.io/created-by": "admiral",
            ...(named ? { identity: host.split(".")[1]! } : {}),
          },
        },
        named ? { hosts: [host], addresses: ["240.0.0.1"] } : { host },
      ),
    ),
);

const present = fc.oneof(
  { weight: 5, arbitrary: workloads },
  { weight: 3, arbitrary: services },
  policies,
  { weight: 2, arbitrary: dependencies },
  { weight: 3, arbitrary: others },
);

/** Any change of any object of a small fleet. */
export const change: fc.Arbitrary<FleetChange> = fc.oneof(
  { weight: 40, arbitrary: present },
  { weight: 10, arbitrary: present.map(gone) },
  fc
    .record({ cluster, view: fc.constantFrom("current", "current", "stale", "stale", "unread", "paused") })
    .map((one): FleetChange => ({ kind: "cluster", ...one })),
  cluster.map((one): FleetChange => ({ kind: "forget", cluster: one })),
  fc.subarray(["default.orders.global", "prd.pay.global", "west.prd.pay.global"]).map((hosts): FleetChange => ({
    kind: "addresses",
    store: "s",
    hosts: new Map(hosts.map((host, at) => [host, [`240.0.0.${at}`]])),
  })),
);

/** What a change is about: of changes with one subject, the last counts. */
export function subjectOf(one: FleetChange): string {
  if (one.kind === "addresses") return one.store;
  if (one.kind === "time") return "time";
  if (one.kind === "cluster" || one.kind === "forget") return one.cluster;
  const { kind, metadata } = one.object as { kind: string; metadata: { name: string; namespace?: string } };
  return [one.cluster, kind, metadata.namespace, metadata.name].join("/");
}
