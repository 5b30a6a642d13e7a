/**
 * The snapshot of a fleet alone: loading it, memory, and what one change costs: to see, and to plan. What a plan costs
 * must not grow with the fleet.
 *   node scripts/with-node.mjs --conditions=@fairlead/source --expose-gc bench/mesh/fleet.ts [--short]
 * 20 clusters, in each of them every identity with one workload and one Service, 20 of them in a namespace; each calls
 * five others. Limits are targets that are printed beside the figures; nothing fails because a machine was slow.
 */
import type { JsonObject } from "../../packages/apimachinery/src/index.ts";
import type { FleetChange } from "../../packages/fairlead/src/plan/mesh/fleet/change.ts";
import { createFleet, type FleetSnapshot } from "../../packages/fairlead/src/plan/mesh/fleet/create-fleet.ts";
import { defaultSettings } from "../../packages/fairlead/src/plan/mesh/model/presets.ts";
import { planKey } from "../../packages/fairlead/src/plan/mesh/plan-key.ts";
import { median } from "../lib/measure.ts";

const short = process.argv.includes("--short");
const clusters = 20;
const perNamespace = 20;
const clients = 5;

function workload(cluster: number, at: number, version: number): FleetChange {
  const name = `svc-${at}`;
  const labels = { app: name, identity: name, version: `v${version}`, "sidecar.istio.io/inject": "true" };
  const container: JsonObject = {
    name: "main",
    image: `registry.example/${name}:${version}`,
    ports: [{ containerPort: 8080 }],
  };
  return put(
    cluster,
    "apps/v1",
    "Deployment",
    { name, namespace: namespaceOf(at) },
    {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels, annotations: { "admiral.io/env": "prd" } },
        spec: { serviceAccountName: name, containers: [container] },
      },
    },
  );
}

function service(cluster: number, at: number, port: number, grpc = 9090): FleetChange {
  const name = `svc-${at}`;
  return put(
    cluster,
    "v1",
    "Service",
    { name, namespace: namespaceOf(at) },
    {
      selector: { app: name },
      ports: [
        { name: "http", port: 80, targetPort: port },
        { name: "grpc", port: grpc, targetPort: 9090 },
      ],
    },
  );
}

function dependency(at: number, identities: number, step: number): FleetChange {
  const destinations = Array.from({ length: clients }, (_, i) => `svc-${(at + (i + 1) * step) % identities}`);
  return put(
    0,
    "admiral.io/v1alpha1",
    "Dependency",
    { name: `svc-${at}`, namespace: "admiral" },
    { source: `svc-${at}`, destinations },
  );
}

function policy(at: number, weight: number): FleetChange {
  const target = [
    { region: "r1", weight },
    { region: "r2", weight: 100 - weight },
  ];
  const metadata = { name: `svc-${at}`, namespace: namespaceOf(at), labels: { identity: `svc-${at}` } };
  return put(0, "admiral.io/v1alpha1", "GlobalTrafficPolicy", metadata, {
    policy: [{ dnsPrefix: "default", lbType: 1, target }],
  });
}

function put(cluster: number, apiVersion: string, kind: string, metadata: JsonObject, spec: JsonObject): FleetChange {
  const created = { ...metadata, creationTimestamp: "2026-01-01T00:00:00Z" };
  return { kind: "put", cluster: `cluster-${cluster}`, object: { apiVersion, kind, metadata: created, spec } };
}

function namespaceOf(at: number): string {
  return `team-${Math.floor(at / perNamespace)}`;
}

function* everything(identities: number): Generator<FleetChange> {
  for (let cluster = 0; cluster < clusters; cluster++) {
    const labels = { "topology.kubernetes.io/region": `r${cluster % 4}` };
    yield put(cluster, "v1", "Node", { name: "node", labels }, {});
    for (let at = 0; at < identities; at++) {
      yield workload(cluster, at, 1);
      yield service(cluster, at, 8080);
    }
  }
  for (let at = 0; at < identities; at++) yield dependency(at, identities, 1);
}

function measure(identities: number): void {
  const before = heap();
  const started = process.cpuUsage();
  let { fleet } = createFleet(defaultSettings).with(everything(identities));
  const { user, system } = process.cpuUsage(started);
  const seconds = (user + system) / 1e6;
  const live = heap() - before;
  const peak = process.resourceUsage().maxRSS / 1024;
  const small = identities === 2000;
  head(`${clusters} clusters × ${identities} identities`, "figure", "limit");
  print(
    "loaded from nothing in one call, objects made on the way (processor time)",
    `${seconds.toFixed(2)} s`,
    small ? "2.5 s" : "",
  );
  print("live heap", `${live.toFixed(0)} MB`, small ? "500 MB" : "");
  print("peak resident size of the process", `${peak.toFixed(0)} MB`);
  head("one change, with the lookups of the keys it touches", "median", "99 of 100", "keys", "limit");
  const one = (what: string, change: (round: number) => FleetChange): void => {
    fleet = changes(fleet, what, change);
  };
  one("a workload's label", (round) => workload(round % clusters, round % identities, round + 2));
  one("a Service's port", (round) => service(round % clusters, round % identities, 1000 + round));
  one("a policy", (round) => policy(round % identities, round % 101));
  one("a Dependency", (round) => dependency(round % identities, identities, 2 + (round % 7)));
  one("a node's region", (round) => {
    const labels = { "topology.kubernetes.io/region": `r${round}` };
    return put(round % clusters, "v1", "Node", { name: "node", labels }, {});
  });
  head("one change, with the plans of all keys it touches (processor time)", "median", "99 of 100", "keys");
  const plan = (what: string, change: (round: number) => FleetChange): void => {
    fleet = planned(fleet, what, change);
  };
  // Sidecars of a few namespaces: what these let out is planned again too.
  const sidecar = (at: number): FleetChange =>
    put(
      at % clusters,
      "networking.istio.io/v1",
      "Sidecar",
      { name: "default", namespace: namespaceOf(at) },
      { egress: [{ hosts: ["istio-system/*"] }] },
    );
  ({ fleet } = fleet.with(Array.from({ length: 10 }, (_, at) => sidecar(at * perNamespace))));
  plan("a workload's label", (round) => workload(round % clusters, round % identities, round + 5000));
  plan("a Service's port", (round) => service(round % clusters, (round * 7) % identities, 3000 + round, 4000 + round));
  plan("a policy", (round) => policy(round % identities, (round + 50) % 101));
  plan("a Dependency", (round) => dependency(round % identities, identities, 11 + (round % 7)));
  plan("a Sidecar", (round) => sidecar((round % 10) * perNamespace));
  const all = performance.now();
  let seen = 0;
  for (const key of fleet.keys()) seen += lookUp(fleet, key);
  print("everything looked up once", `${(performance.now() - all).toFixed(0)} ms`, `${seen} workloads`);
}

function changes(start: FleetSnapshot, what: string, change: (round: number) => FleetChange): FleetSnapshot {
  const rounds = what.startsWith("a node") ? 20 : short ? 300 : 1000;
  const times: number[] = [];
  let fleet = start;
  let touched = 0;
  for (let round = 0; round < rounds; round++) {
    const one = change(round);
    const began = performance.now();
    const next = fleet.with([one]);
    fleet = next.fleet;
    for (const key of next.keys) lookUp(fleet, key);
    times.push(performance.now() - began);
    touched += next.keys.length;
  }
  times.sort((a, b) => a - b);
  const last = times[Math.floor(times.length * 0.99)]!;
  print(what, `${median(times).toFixed(3)} ms`, `${last.toFixed(3)} ms`, (touched / rounds).toFixed(1), "1 ms");
  return fleet;
}

function planned(start: FleetSnapshot, what: string, change: (round: number) => FleetChange): FleetSnapshot {
  const rounds = short ? 50 : 200;
  const times: number[] = [];
  let fleet = start;
  let touched = 0;
  for (let round = 0; round < rounds; round++) {
    const one = change(round);
    const began = process.cpuUsage();
    const next = fleet.with([one]);
    fleet = next.fleet;
    for (const key of next.keys) planKey(fleet, key);
    const { user, system } = process.cpuUsage(began);
    times.push((user + system) / 1000);
    touched += next.keys.length;
  }
  times.sort((a, b) => a - b);
  const last = times[Math.floor(times.length * 0.99)]!;
  print(what, `${median(times).toFixed(2)} ms`, `${last.toFixed(2)} ms`, (touched / rounds).toFixed(1));
  return fleet;
}

/** What a plan of an identity asks for. */
function lookUp(fleet: FleetSnapshot, key: string): number {
  const identity = key.slice("identity:".length);
  const facts = fleet.identity(identity);
  if (facts === undefined) return 0;
  const audience = fleet.clientsOf(identity);
  for (const client of audience.kind === "clients" ? audience.identities : []) fleet.identity(client);
  for (const { cluster, namespace } of facts.workloads) {
    fleet.cluster(cluster);
    fleet.services(cluster, namespace);
  }
  facts.policies("GlobalTrafficPolicy");
  fleet.written(`identity:${identity}`);
  fleet.addresses(`prd.${identity}.global`);
  return facts.workloads.length;
}

function heap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}

function head(...cells: string[]): void {
  process.stdout.write(`\n| ${cells.join(" | ")} |\n|${"---|".repeat(cells.length)}\n`);
}

function print(...cells: string[]): void {
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

measure(200);
measure(2000);
if (!short) measure(20_000);
