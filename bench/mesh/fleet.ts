/**
 * The snapshot of a fleet alone: loading it, memory, and what one change costs: to see, and to plan. What a plan costs
 * must not grow with the fleet.
 *   node --conditions=@fairlead/source --expose-gc bench/mesh/fleet.ts [--short]
 * 20 clusters, in each of them every identity with one workload and one Service, 20 of them in a namespace; each calls
 * five others. `--clusters=100 --identities=10000 --spread=5` measures another fleet, in which each identity runs in five
 * of the clusters; with `--whole` everything is planned once, and no change measured. The heap is kept as that of
 * `fairlead run mesh` is. Limits are targets that are printed beside the figures; nothing fails because a machine was slow.
 */
import type { JsonObject } from "../../packages/apimachinery/src/index.ts";
import type { FleetChange } from "../../packages/fairlead/src/plan/mesh/fleet/change.ts";
import { createFleet, type FleetSnapshot } from "../../packages/fairlead/src/plan/mesh/fleet/create-fleet.ts";
import { defaultSettings } from "../../packages/fairlead/src/plan/mesh/model/presets.ts";
import { planKey } from "../../packages/fairlead/src/plan/mesh/plan-key.ts";
import { keepHeapSmall } from "../../packages/fairlead/src/run/small-heap.ts";
import { clusterParts } from "../../packages/fairlead/test/mesh/fake-mesh.ts";
import { median } from "../lib/measure.ts";

keepHeapSmall();
const short = process.argv.includes("--short");
const number = (name: string): number | undefined => {
  const given = process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1];
  return given === undefined ? undefined : Number(given);
};
const clusters = number("clusters") ?? 20;
/** In how many clusters each identity runs. */
const spread = Math.min(clusters, number("spread") ?? clusters);
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
    for (const object of clusterParts(`cluster-${cluster}`, `r${cluster % 4}`)) {
      if (object.kind === "Service") yield { kind: "put", cluster: `cluster-${cluster}`, object };
    }
    for (let at = 0; at < identities; at++) {
      if ((cluster - at + identities * clusters) % clusters >= spread) continue;
      yield workload(cluster, at, 1);
      yield service(cluster, at, 8080);
    }
  }
  for (let at = 0; at < identities; at++) yield dependency(at, identities, 1);
  const hosts = Array.from({ length: identities }, (_, at): [string, string[]] => [
    `prd.svc-${at}.global`,
    [`240.0.${at >> 8}.${at & 255}`],
  ]);
  yield { kind: "addresses", store: "all", hosts: new Map(hosts) };
}

async function measure(identities: number): Promise<void> {
  const before = heap();
  const started = process.cpuUsage();
  let { fleet } = createFleet(defaultSettings).with(everything(identities));
  const { user, system } = process.cpuUsage(started);
  const seconds = (user + system) / 1e6;
  const live = heap() - before;
  const peak = process.resourceUsage().maxRSS / 1024;
  const small = identities === 2000;
  head(
    `${clusters} clusters × ${identities} identities${spread < clusters ? `, each in ${spread} of them` : ""}`,
    "figure",
    "limit",
  );
  print(
    "loaded from nothing in one call, objects made on the way (processor time)",
    `${seconds.toFixed(2)} s`,
    small ? "2.5 s" : "",
  );
  print("live heap", `${live.toFixed(0)} MB`, small ? "500 MB" : "");
  print("peak resident size of the process", `${peak.toFixed(0)} MB`);
  if (process.argv.includes("--whole")) return planAll(fleet);
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
  head(
    "one change, with the plans of all keys it touches",
    "processor time, mean",
    "median",
    "90 of 100",
    "99 of 100",
    "the same without collections",
    "on the clock, 99 of 100",
    "keys",
    "limit of 99",
  );
  const plan = async (what: string, change: (round: number) => FleetChange): Promise<void> => {
    fleet = await planned(fleet, what, change);
  };
  await plan("a workload's label", (round) => workload(round % clusters, round % identities, round + 5000));
  await plan("a Service's port", (round) =>
    service(round % clusters, (round * 7) % identities, 3000 + round, 4000 + round),
  );
  await plan("a policy", (round) => policy(round % identities, (round + 50) % 101));
  await plan("a Dependency", (round) => dependency(round % identities, identities, 11 + (round % 7)));
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
  await plan("a Sidecar", (round) => sidecar((round % 10) * perNamespace));
  // Its namespace has a Sidecar, which lists what its twenty workloads call.
  await plan("a workload's label, beside a Sidecar", (round) =>
    workload(round % clusters, round % (10 * perNamespace), round + 9000),
  );
  planAll(fleet);
}

function planAll(fleet: FleetSnapshot): void {
  const whole = process.cpuUsage();
  let written = 0;
  for (const key of fleet.keys()) {
    for (const { desired } of planKey(fleet, key).clusters) written += desired.length;
  }
  const wholeUsage = process.cpuUsage(whole);
  print(
    "everything planned once (processor time)",
    `${((wholeUsage.user + wholeUsage.system) / 1e6).toFixed(1)} s`,
    `${written} objects`,
  );
  print("peak resident size of the process", `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
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

async function planned(
  start: FleetSnapshot,
  what: string,
  change: (round: number) => FleetChange,
): Promise<FleetSnapshot> {
  const rounds = short ? 200 : 400;
  /** A controller has planned everything once before anything changes: what is compiled then is not part of a change. */
  const first = 30;
  const taken: { readonly from: number; readonly to: number; readonly ms: number; readonly busyMs: number }[] = [];
  let fleet = start;
  let touched = 0;
  pauses.length = 0;
  for (let round = -first; round < rounds; round++) {
    const one = change(round + first);
    const from = performance.now();
    const began = threadMs();
    const next = fleet.with([one]);
    fleet = next.fleet;
    for (const key of next.keys) planKey(fleet, key);
    const busyMs = threadMs() - began;
    const to = performance.now();
    if (round < 0) continue;
    taken.push({ from, to, ms: to - from, busyMs });
    touched += next.keys.length;
  }
  // Pauses are told of later.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const times = taken.map(({ busyMs }) => busyMs);
  const without = taken.filter(({ from, to }) => !pauses.some(({ at }) => at >= from && at <= to));
  const shown = (list: readonly number[], share: number): string =>
    `${(list.toSorted((a, b) => a - b)[Math.ceil(list.length * share) - 1] ?? 0).toFixed(2)} ms`;
  const undisturbed = without.map(({ busyMs }) => busyMs);
  print(
    what,
    `${(times.reduce((sum, ms) => sum + ms, 0) / rounds).toFixed(2)} ms`,
    shown(times, 0.5),
    shown(times, 0.9),
    shown(times, 0.99),
    `${shown(undisturbed, 0.99)} (${rounds - without.length} left out)`,
    shown(
      taken.map(({ ms }) => ms),
      0.99,
    ),
    (touched / rounds).toFixed(1),
    what === "a workload's label" || what === "a Service's port" ? "5 ms" : "",
  );
  return fleet;
}

const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));

/**
 * Milliseconds of processor time of this thread: neither what else the machine does nor what is collected in other
 * threads counts. Linux adds to it when a thread is switched and every 4 ms, so the thread sleeps for a moment.
 */
function threadMs(): number {
  Atomics.wait(nobodyWakes, 0, 0, 0.01);
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
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

const pauses: { readonly at: number }[] = [];
new PerformanceObserver((list) => {
  for (const { startTime } of list.getEntries()) pauses.push({ at: startTime });
}).observe({ entryTypes: ["gc"] });
const asked = number("identities");
for (const identities of asked === undefined ? [200, 2000, ...(short ? [] : [20_000])] : [asked]) {
  await measure(identities);
}
