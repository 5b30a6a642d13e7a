/**
 * First sync, restart, changes and rest of the mesh's controller, on two embedded API servers or, with --real, on two
 * kube-apiservers and one etcd:
 *
 *   node --conditions=@fairlead/source bench/mesh/sync.ts [--real] [--short] [--identities=200,1000]
 */
import path from "node:path";
import type { JsonObject } from "@fairlead/apimachinery";
import {
  accessOf,
  createClient,
  createInformers,
  systemClock,
  type Change,
  type Client,
  type Informer,
} from "@fairlead/kube";
import { meshDefinitions } from "../../packages/fairlead/test/mesh/definitions.ts";
import { service, syncNamespace } from "../../packages/fairlead/test/mesh/fake-mesh.ts";
import { repositoryRoot } from "../../scripts/real/corpus.ts";
import { collectCrds, readCrds } from "../../scripts/real/crds.ts";
import { startFleet } from "../../scripts/real/fleet.ts";
import { embedded } from "../sim/servers.ts";
import { buildProgram, startChild, type Child, type ServerAccess } from "../lib/child.ts";
import type { MeshFigures, MeshStart } from "./controller-child.ts";
import { each, fill, identity, installDefinitions, namespaceOf, policy, prepare, put, registration } from "./fill.ts";
import { etcdOf, sharesNow, spentIn } from "./shares.ts";

const flag = (name: string): string | undefined =>
  process.argv.find((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`))?.split("=")[1] ??
  (process.argv.includes(`--${name}`) ? "" : undefined);
const isReal = flag("real") !== undefined;
const isShort = flag("short") !== undefined;
const mode = flag("mode") === "admiral" ? "admiral" : "default";
const counts = (flag("identities") ?? (isShort ? "200" : "200,1000")).split(",").map(Number);
const restMs = isShort ? 20_000 : 60_000;
const settleMs = 20_000;

interface Servers {
  readonly servers: readonly ServerAccess[];
  readonly pids: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

async function startServers(): Promise<Servers> {
  if (isReal) {
    const fleet = await startFleet(2, { apiServerFlags: ["--audit-log-path=", "--audit-policy-file="] });
    const pids = new Map(fleet.planes.map(({ processes }, at) => [`server ${at + 1}`, processes["kube-apiserver"]!]));
    const etcd = etcdOf(pids.get("server 1")!);
    if (etcd !== undefined) pids.set("etcd", etcd);
    return { servers: fleet.planes, pids, stop: () => fleet.stop() };
  }
  const servers = await Promise.all([embedded(), embedded()]);
  return {
    servers,
    pids: new Map(servers.map(({ pids }, at) => [`server ${at + 1}`, pids[0]!])),
    stop: async () => void (await Promise.all(servers.map((one) => one.stop()))),
  };
}

/** What comes and goes of ServiceEntries and DestinationRules in both clusters. */
interface Seen {
  readonly objects: () => number;
  /** Resolves with the time when a condition on an event came true. */
  when(condition: (change: Change, cluster: number) => boolean): Promise<number>;
  firstAt: number;
  lastAt: number;
  writes: number;
  stop(): Promise<void>;
}

async function look(clients: readonly Client[]): Promise<Seen> {
  const informers: Informer[] = [];
  const waiting = new Set<{ condition: (change: Change, cluster: number) => boolean; resolve: (at: number) => void }>();
  const groups = clients.map((client) => createInformers(client, { clock: systemClock }));
  const seen: Seen = {
    objects: () => informers.reduce((sum, { store }) => sum + store.size, 0),
    when: (condition) => new Promise((resolve) => void waiting.add({ condition, resolve })),
    firstAt: 0,
    lastAt: 0,
    writes: 0,
    stop: async () => void (await Promise.all(groups.map((one) => one.stop()))),
  };
  for (const [at, client] of clients.entries()) {
    for (const kind of ["ServiceEntry", "DestinationRule"]) {
      const resource = await client.discovery.resource({ apiVersion: "networking.istio.io/v1", kind });
      const informer = groups[at]!.informer({ resource, namespace: syncNamespace });
      await informer.waitForSync();
      informer.listen((change) => {
        const now = performance.now();
        seen.firstAt ||= now;
        seen.lastAt = now;
        seen.writes++;
        for (const one of waiting) {
          if (!one.condition(change, at)) continue;
          waiting.delete(one);
          one.resolve(now);
        }
      });
      informers.push(informer);
    }
  }
  return seen;
}

/** Each look costs the controller a millisecond of its own. */
const pollMs = 50;

async function until(what: string, condition: () => boolean | Promise<boolean>, limitMs = 600_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

const start = (home: ServerAccess): Child<MeshFigures> => startChild(program, { home, mode } satisfies MeshStart);

async function untilIdle(controller: Child<MeshFigures>): Promise<MeshFigures> {
  let last: MeshFigures | undefined;
  let quiet = 0;
  await until("the controller's rest", async () => {
    last = await controller.figures();
    quiet = last.started && last.idle ? quiet + 1 : 0;
    return quiet >= 4;
  });
  return last!;
}

const nameOf = (crd: JsonObject): string => (crd["metadata"] as { name: string }).name;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const millis = (list: readonly number[]): string => {
  const sorted = list.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(0)} ms`;
  return `median ${at(0.5)}, slowest ${at(1)} of ${list.length}`;
};
const say = (what: string, figure: string, limit = ""): void =>
  void process.stdout.write(`| ${what} | ${figure} | ${limit} |\n`);
const sum = (writes: { [what: string]: number }, part: string): number =>
  Object.entries(writes).reduce((total, [what, count]) => total + (what.includes(part) ? count : 0), 0);

async function run(count: number): Promise<void> {
  const { servers, pids, stop } = await startServers();
  const clients = servers.map((server, at) =>
    createClient(accessOf({ name: `c${at + 1}`, server: server.url, ca: server.certificate, token: server.token })),
  );
  const own = readCrds(path.join(repositoryRoot, "deploy", "crds")).filter((crd) => nameOf(crd).endsWith("admiral.io"));
  const istio = isReal
    ? (await collectCrds()).crds.filter((crd) => nameOf(crd).endsWith("istio.io"))
    : meshDefinitions((group) => group !== "admiral.io");
  for (const [at, client] of clients.entries()) {
    await installDefinitions(client, [...istio, ...own]);
    await prepare(client, `c${at + 1}`, at === 0 ? "eu-west-1" : "us-east-1");
  }
  await fill(clients, 0, count);
  for (const [at, server] of servers.entries()) await put(clients[0]!, registration(`c${at + 1}`, server));

  process.stdout.write(
    `\n${count} identities in ${isReal ? "2 kube-apiservers" : "2 embedded clusters"}, ${mode} mode\n\n| | figure | target |\n|---|---|---|\n`,
  );
  const wanted = 4 * count;
  const first = await look(clients);
  const isWritten = first.when(() => first.objects() >= wanted);
  let shares = sharesNow(pids);
  let controller = start(servers[0]!);
  /** What the controller has used when the shares were last looked at. */
  let used = 0;
  /** Whose processor time a phase was, since `shares` and `used`; what the controller says of itself by then. */
  async function saySpent(what: string, ms: number): Promise<MeshFigures> {
    const now = sharesNow(pids);
    const figures = await controller.figures();
    say(`processor time, ${what}`, spentIn(ms, { ...shares, controller: used }, { ...now, controller: figures.cpuMs }));
    return figures;
  }
  await isWritten;
  const target = count <= 200 ? "< 5 s" : count <= 1000 ? "< 20 s" : "";
  say("first object", seconds(first.firstAt - controller.startedAt));
  say("last object", seconds(first.lastAt - controller.startedAt), target);
  await saySpent("first sync", first.lastAt - controller.startedAt);
  const synced = await untilIdle(controller);
  for (const [what, number] of Object.entries(synced.writes)) say(`requests: ${what}`, String(number));
  say("objects that are needed", String(wanted), String(first.objects()));
  say("conflicts", String(sum(synced.writes, "conflict")), "0");
  say("processor time so far", seconds(synced.cpuMs));
  say("memory, peak", `${(synced.peakRss / 2 ** 20).toFixed(0)} MiB, ${(synced.rss / 2 ** 20).toFixed(0)} MiB now`);
  say("log lines", JSON.stringify(synced.lines), "no error");
  if (synced.findings.length > 0) say("findings", synced.findings.join("; "));
  await controller.stop();

  controller = start(servers[0]!);
  const again = await untilIdle(controller);
  say("restart: until it rests", seconds(performance.now() - controller.startedAt));
  say("restart: writes", String(sum(again.writes, "") - sum(again.writes, "status")), "0");
  say("restart: writes of status", String(sum(again.writes, "status")), "0");

  // A process that comes to rest collects once what it no longer needs.
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const idle = await controller.figures();
  await pause(settleMs);
  const before = await controller.figures();
  say(`coming to rest, ${settleMs / 1000} s: processor time`, seconds(before.cpuMs - idle.cpuMs));
  await pause(restMs);
  const rested = await controller.figures();
  say("at rest: share of a core", `${(((rested.cpuMs - before.cpuMs) / restMs) * 100).toFixed(2)} %`, "< 1 %");
  say("at rest: writes", String(sum(rested.writes, "") - sum(before.writes, "")), "0");
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  say("at rest: memory", `${mib(rested.rss)}, of which ${mib(rested.heap)} are in use`, "< 150 MB at 1,000");

  const rules = { apiVersion: "networking.istio.io/v1", kind: "DestinationRule" };
  const isNamed = (change: Change, name: string): boolean =>
    change.kind !== "deleted" && change.object.metadata.name === name;
  const changes: number[][] = [[], []];
  for (let index = 0; index < 20; index++) {
    const name = `prd.${identity(index)}.global-default-dr`;
    const at = performance.now();
    const seen = [0, 1].map((cluster) => first.when((change, where) => where === cluster && isNamed(change, name)));
    await put(clients[index % 2]!, policy(index, "us-east-1"));
    for (const [cluster, one] of seen.entries()) changes[cluster === index % 2 ? 0 : 1]!.push((await one) - at);
  }
  say("policy → rule where it runs", millis(changes[0]!), "median < 50 ms");
  say("policy → rule where it is called", millis(changes[1]!), "median < 50 ms");

  const added: number[] = [];
  for (let index = count; index < count + 10; index++) {
    const at = performance.now();
    const name = `prd.${identity(index)}.global-se`;
    const seen = first.when((change, where) => where === index % 2 && isNamed(change, name));
    await put(clients[index % 2]!, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespaceOf(index) } });
    for (const object of service(identity(index), namespaceOf(index))) await put(clients[index % 2]!, object);
    added.push((await seen) - at);
  }
  say("new Deployment and Service → entry", millis(added));

  const burst = Math.min(count, 220) - 20;
  const untouched = new Set<string>();
  const names = Array.from({ length: burst }, (_, at) => `prd.${identity(20 + at)}.global-default-dr`);
  for (const name of names) for (const cluster of [0, 1]) untouched.add(`${cluster} ${name}`);
  const quiet = await untilIdle(controller);
  shares = sharesNow(pids);
  used = quiet.cpuMs;
  const burstAt = performance.now();
  const all = first.when((change, cluster) => {
    if (change.kind !== "deleted") untouched.delete(`${cluster} ${change.object.metadata.name}`);
    return untouched.size === 0;
  });
  await each(
    names.map((_, at) => 20 + at),
    (index) => put(clients[index % 2]!, policy(index, "eu-west-1")),
  );
  const createdMs = performance.now() - burstAt;
  const burstMs = (await all) - burstAt;
  say(`${burst} policies at once`, `${seconds(burstMs)} (creating them took ${seconds(createdMs)})`, "< 3 s");
  await saySpent("until then", burstMs);
  const burned = await untilIdle(controller);
  const requests = Object.entries(burned.writes).map(([what, n]) => `${what} ${n - (quiet.writes[what] ?? 0)}`);
  say("requests for them", requests.filter((one) => !one.endsWith(" 0")).join(", "));
  say("processor time of the controller for them, with their statuses", seconds(burned.cpuMs - quiet.cpuMs));

  const entries = await clients[0]!.discovery.resource({ apiVersion: "networking.istio.io/v1", kind: "ServiceEntry" });
  const ruleKind = await clients[0]!.discovery.resource(rules);
  const repairs: number[] = [];
  for (let index = 30; index < 40; index++) {
    const name = `prd.${identity(index)}.global-se`;
    let at = performance.now();
    let back = first.when((change, where) => where === 0 && change.kind === "added" && isNamed(change, name));
    await clients[0]!.delete(entries, { namespace: syncNamespace, name });
    repairs.push((await back) - at);
    const rule = await clients[0]!.get(ruleKind, {
      namespace: syncNamespace,
      name: name.replace(/-se$/, "-default-dr"),
    });
    const trafficPolicy = {
      ...(rule["spec"] as { trafficPolicy: object }).trafficPolicy,
      loadBalancer: { simple: "RANDOM" },
    };
    at = performance.now();
    let isEdited = false;
    back = first.when((change, where) => {
      if (where !== 0 || change.kind !== "updated" || change.object.metadata.name !== rule.metadata.name) return false;
      const isRandom = JSON.stringify(change.object).includes('"RANDOM"');
      isEdited ||= isRandom;
      return isEdited && !isRandom;
    });
    await clients[0]!.update(ruleKind, { ...rule, spec: { ...(rule["spec"] as object), trafficPolicy } });
    repairs.push((await back) - at);
  }
  say("a deleted or edited object is back", millis(repairs), "< 1 s");
  const end = await untilIdle(controller);
  say("conflicts in all", String(sum(end.writes, "conflict")));
  say("log lines", JSON.stringify(end.lines), "no error");
  await controller.stop();
  await first.stop();
  await Promise.all(clients.map((client) => client.close()));
  await stop();
}

const program = await buildProgram("bench/mesh/controller-child.ts");
for (const count of counts) await run(count);
program.remove();
