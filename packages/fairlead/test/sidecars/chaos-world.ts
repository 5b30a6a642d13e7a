/** One run after another in one world: what happens is a plan, and what must hold is judged at every moment. */
import assert from "node:assert/strict";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { isObject, virtualClock, type Clock, type JsonObject, type VirtualClock } from "@fairlead/apimachinery";
import { createLeaderElection, KubeError, type Client } from "@fairlead/kube";
import { ApiError, type RequestFault } from "@fairlead/sim";
import type { Sidecars } from "../../src/run/sidecars/sidecars.ts";
import { chaosJudge } from "./chaos-judge.ts";
import { isMisled, type ApiFault, type Chaos, type JournalEdit } from "./chaos-plan.ts";
import { at, place, quick, type World } from "./live-world.ts";

export const names = ["a", "b", "c", "d", "e", "f"];

interface Process {
  readonly sidecars: Sidecars;
  die(): void;
  stall(): void;
  wake(): void;
  bury(): void;
}

/** What has happened so far. */
export interface Counts {
  runs: number;
  restarts: number;
  ended: number;
  faults: number;
  jumps: number;
  edits: number;
  leases: number;
  relabels: number;
  /** Workloads that were told of in place of being restarted again. */
  told: number;
}

export const noCounts: Readonly<Counts> = {
  runs: 0,
  restarts: 0,
  ended: 0,
  faults: 0,
  jumps: 0,
  edits: 0,
  leases: 0,
  relabels: 0,
  told: 0,
};

export interface ChaosClock {
  readonly clock: VirtualClock;
  /** Lets time pass, the faster the longer nothing is asked for. */
  until(what: string, condition: () => boolean): Promise<void>;
}

export function chaosClock(requests: () => number): ChaosClock {
  const clock = virtualClock(Math.floor(Date.now() / 1000) * 1000);
  return {
    clock,
    async until(what, condition) {
      const deadline = performance.now() + 120_000;
      let [seen, quiet] = [requests(), 0];
      while (!condition()) {
        if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
        quiet = requests() === seen ? quiet + 1 : 0;
        seen = requests();
        clock.advance(quiet < 10 ? 25 : 250);
        await (quiet % 2 === 0 ? wait(1) : turn());
      }
    },
  };
}

/** What lies in a buffer of the kernel cannot be taken back. */
function unstoppable(argument: unknown): unknown {
  if (!isObject(argument as JsonObject)) return argument;
  const {
    signal: _,
    deadlineMs: __,
    ...rest
  } = argument as { readonly signal?: unknown; readonly deadlineMs?: unknown };
  return rest;
}

/** One run after another in one world. */
export function chaosRuns(
  world: World,
  { clock, until }: ChaosClock,
  counts: Counts,
): { run(plan: Chaos): Promise<void>; stop(): void } {
  const { east } = world;
  const { api } = east.cluster;
  const imageOf = (version: string): string => `docker.io/istio/proxyv2:${version}`;
  const judge = chaosJudge(east, clock, imageOf("1.28.0"));
  const { broken, restarted, evicted } = judge;
  let minor = 28;
  let instances = 0;
  let skew = 0;
  let isLabelled = true;
  const skewed: Clock = {
    now: () => clock.now() + skew,
    monotonic: clock.monotonic,
    after: clock.after,
  };

  /** A controller with a line of its own to the cluster. */
  function begin(mode: Chaos["mode"]): Process {
    const instance = `process-${++instances}`;
    let state: "lives" | "stalls" | "dead" = "lives";
    const { promise: never, reject } = Promise.withResolvers<never>();
    never.catch(() => {});
    const awake = Promise.withResolvers<void>();
    const wired = Object.assign(Object.create(east.client) as Client, { close: () => Promise.resolve() });
    for (const verb of ["get", "find", "list", "create", "update", "patch", "apply", "delete", "post"] as const) {
      const call = east.client[verb] as (...args: unknown[]) => Promise<unknown>;
      const send = async (...given: unknown[]): Promise<unknown> => {
        let args = given;
        // The request lies in a buffer: it is sent whatever the process has heard since.
        if (state === "stalls") {
          await awake.promise;
          args = args.map(unstoppable);
        }
        if (state === "dead") return never;
        return Reflect.apply(call, east.client, args);
      };
      Object.assign(wired, { [verb]: send });
    }
    const sidecars = world.start({
      home: wired,
      clusters: { kind: "listed", clusters: [{ name: "east", client: wired }] },
      settings: { ...quick, restart: { ...quick.restart, mode }, budget: { ...quick.budget, fleet: 2 } },
      instance,
      stopMs: 1_000,
      onSend: judge.sent,
      clock: skewed,
      election: createLeaderElection(wired, { ...place, identity: instance, clock: skewed, random: () => 0.5 }),
    });
    return {
      sidecars,
      die: () => void (state = "dead"),
      stall: () => void (state = "stalls"),
      wake() {
        if (state === "stalls") state = "lives";
        awake.resolve();
      },
      bury: () => reject(new KubeError("closed", "nobody is there")),
    };
  }

  async function upgrade(): Promise<void> {
    const version = `1.${++minor}.0`;
    if (isLabelled) judge.expect(imageOf(version));
    await east.istio.upgrade(version);
  }

  async function label(isIn: boolean): Promise<void> {
    isLabelled = isIn;
    judge.expect(isIn ? imageOf(`1.${minor}.0`) : "none");
    const labels = { "istio-injection": isIn ? "enabled" : null };
    await api.patch("namespaces", { namespace: "", name: "shop" }, { metadata: { labels } });
  }

  async function editJournal(how: JournalEdit, first: string): Promise<void> {
    counts.edits++;
    if (api.get("configmaps", place) === undefined) return;
    if (how === "delete") return api.delete("configmaps", place);
    const text = { rewind: first, empty: null, garble: '{"version": 1, "workloads"' }[how];
    await api.patch("configmaps", place, { data: { "journal.json": text } });
  }

  async function takeLease(how: "steal" | "delete"): Promise<void> {
    counts.leases++;
    const leases = "leases.coordination.k8s.io";
    const lease = api.get(leases, place);
    if (lease === undefined) return;
    if (how === "delete") return api.delete(leases, place);
    const spec = {
      holderIdentity: "a thief",
      leaseTransitions: Number(at(lease, "spec", "leaseTransitions") ?? 0) + 1,
    };
    await api.patch(leases, place, { spec });
  }

  async function byHand(which: number): Promise<void> {
    const annotations = { hand: String(clock.monotonic()) };
    const spec = { template: { metadata: { annotations } } };
    await api.patch("deployments.apps", { namespace: "shop", name: names[which % names.length]! }, { spec });
  }

  const isLeading = ({ sidecars }: Process): boolean => sidecars.status().leading;
  function faultOf(fault: ApiFault, request: string): RequestFault | undefined {
    const isRead = request.startsWith("watch ") || request.startsWith("GET ");
    const error = (status: number, reason: string): RequestFault => ({
      outcome: { kind: "error", error: new ApiError(status, reason, "broken") },
    });
    if (request.includes("/leases/")) return undefined;
    switch (fault) {
      case "error":
        return error(500, "InternalError");
      case "unavailable":
        return error(503, "ServiceUnavailable");
      case "gone":
        return isRead ? error(410, "Expired") : undefined;
      case "drop":
      case "lose":
        return { outcome: { kind: fault } };
      case "blind":
        return isRead ? { outcome: { kind: "drop" } } : undefined;
      case "cut":
      case "down":
        return undefined;
    }
  }

  function goDown(seconds: number): void {
    counts.faults++;
    east.isDown = true;
    east.cluster.disconnect();
    clock.after(seconds * 1_000, () => void (east.isDown = false));
  }

  async function run(plan: Chaos): Promise<void> {
    counts.runs++;
    skew = 0;
    judge.begin();
    const before = judge.restarts();
    const errors: unknown[] = [];
    const start = begin(plan.mode);
    await until("a leader", () => isLeading(start));
    await until("rest", () => start.sidecars.isIdle());
    const processes = [start, begin(plan.mode)];
    const stalled: Process[] = [];
    const first = String(at(api.get("configmaps", place), "data", "journal.json") ?? "");
    let [requests, writes, underWay] = [0, 0, 0];
    const left = plan.api.map(({ times }) => times);
    const later = (work: () => unknown): void =>
      queueMicrotask(() => void Promise.resolve(work()).catch((error: unknown) => errors.push(error)));
    const injectorFault = ({ fault, forMs }: NonNullable<Chaos["injector"]>): void => {
      counts.faults++;
      clock.after(forMs, east.istio.injector.fault(fault));
    };
    const relabel = async (forMs: number): Promise<void> => {
      counts.relabels++;
      underWay++;
      await label(false);
      clock.after(forMs, () => later(() => label(true).finally(() => underWay--)));
    };
    const endLeader = (): void => {
      const leader = processes.find(isLeading);
      if (leader === undefined) return;
      counts.ended++;
      if (plan.end.how === "die") return leader.die();
      leader.stall();
      stalled.push(leader);
      if (plan.end.how === "stall") clock.after(30_000, leader.wake);
    };
    const happens = (request: string): RequestFault | undefined => {
      const now = ++requests;
      const isWrite = /^PATCH .*\/(deployments|configmaps)\/|^POST .*\/eviction$/.test(request);
      if (isWrite) writes++;
      if (
        plan.end.of === "writes" ? isWrite && writes === plan.end.at : plan.end.of === "requests" && now === plan.end.at
      )
        endLeader();
      for (const jump of plan.jumps) {
        if (jump.at !== now) continue;
        counts.jumps++;
        skew += jump.ms;
      }
      if (now === plan.again) later(upgrade);
      if (now === plan.byHand?.at) later(() => byHand(plan.byHand!.which));
      if (now === plan.journal?.at) later(() => editJournal(plan.journal!.how, first));
      if (now === plan.lease?.at) later(() => takeLease(plan.lease!.how));
      if (now === plan.relabel?.at) later(() => relabel(plan.relabel!.forMs));
      if (plan.injector !== undefined && now === plan.injector.at) injectorFault(plan.injector);
      for (const [index, { at: from, fault }] of plan.api.entries()) {
        if (now < from || left[index]! <= 0) continue;
        if (now === from && fault === "down") later(() => goDown(left[index]!));
        else if (now === from && (fault === "cut" || fault === "gone" || fault === "blind"))
          later(() => east.cluster.disconnect());
        const found = faultOf(fault, request);
        if (found === undefined) continue;
        left[index]!--;
        counts.faults++;
        return found;
      }
      return undefined;
    };
    if (plan.injector?.at === 0) injectorFault(plan.injector);
    if (plan.end.of === "ms") clock.after(plan.end.at, endLeader);
    await upgrade();
    east.fault = happens;
    const isOk = (): boolean => errors.length === 0 && broken.length === 0;
    try {
      await until("the new proxies", () => {
        for (const one of processes) if (isLeading(one)) resume(one);
        return !isOk() || (underWay === 0 && names.every((name) => isCurrent(name) || isTold(plan, processes, name)));
      });
      // Whoever was asleep wakes, and what it had begun arrives.
      for (const one of stalled) one.wake();
      const isEnd = (): boolean => !isOk() || processes.some((one) => isLeading(one) && isOver(plan, one));
      await until("the end of the run", isEnd);
      for (const over = clock.monotonic() + 10_000; clock.monotonic() < over;) await until("a moment", tick());
      await until("rest", isEnd);
      assert.deepEqual(errors, []);
      assert.deepEqual(broken, []);
      const told = names.filter((name) => !isCurrent(name));
      counts.told += told.length;
      assert.deepEqual(
        told.filter((name) => !isTold(plan, processes, name)),
        [],
      );
      const most = 1 + (plan.again === undefined ? 0 : 1) + (plan.relabel === undefined ? 0 : 2);
      for (const name of names) {
        const times = restarted.get(`shop/${name}`)?.length ?? 0;
        assert.ok(times <= most, `${name} was restarted ${times} times`);
        const pods = evicted.get(`shop/${name}`)?.size ?? 0;
        // Of pods that came to be wrong the next leader knows only how many there were, and tries one.
        const wrong = isMisled(plan) ? 1 : 0;
        assert.ok(pods <= 2 * most + wrong, `${name} lost ${pods} pods`);
      }
      assertQuiet(plan, processes);
    } finally {
      east.fault = () => undefined;
      east.isDown = false;
      counts.restarts += judge.restarts() - before;
      for (const one of processes) await end(one);
      if (!isLabelled) await label(true);
    }
  }

  function isCurrent(name: string): boolean {
    const images = east.proxies("shop", name);
    return images.length === 2 && images.every((image) => image === judge.expected);
  }

  /** Where pods came to be wrong in spite of a restart, or the owner's failures hold the others, that is said. */
  function isTold(plan: Chaos, processes: readonly Process[], name: string): boolean {
    if (!isMisled(plan)) return false;
    const rows = processes.find(isLeading)?.sidecars.status().rows ?? [];
    return rows.some(
      ({ workload, state, reason }) =>
        workload.name === name && ["broken", "failed", "blocked"].includes(state) && reason !== "",
    );
  }

  /** A journal that cannot be read pauses everything, until somebody has looked. */
  function resume({ sidecars }: Process): void {
    const paused = sidecars.status().progress?.paused ?? "";
    if (paused.includes("the journal cannot be read")) sidecars.resume({ kind: "all" }, "ann");
  }

  function isOver(plan: Chaos, { sidecars }: Process): boolean {
    const { progress } = sidecars.status();
    if (!sidecars.isIdle() || progress === undefined || progress.underWay > 0) return false;
    return isMisled(plan) || progress.waiting === 0;
  }

  /** Nobody is left behind in what is said, either: a failure that was none would hold the next run. */
  function assertQuiet(plan: Chaos, processes: readonly Process[]): void {
    if (isMisled(plan)) return;
    const { rows, journal, progress } = processes.find(isLeading)!.sidecars.status();
    assert.deepEqual(
      rows.filter(({ state }) => state !== "done").map(({ workload, state, reason }) => [workload.name, state, reason]),
      [],
    );
    const entries = Object.values(journal?.workloads ?? {}).map(({ state }) => state);
    assert.deepEqual(
      entries.filter((state) => state !== "done"),
      [],
    );
    assert.equal(progress?.paused ?? "", "");
  }

  /** So one turn of time is taken. */
  function tick(): () => boolean {
    let isFirst = true;
    return () => (isFirst ? (isFirst = false) : true);
  }

  async function end(one: Process): Promise<void> {
    let isDone = false;
    one.wake();
    one.bury();
    void one.sidecars.stop().then(() => (isDone = true));
    await until("the end", () => isDone);
  }

  return { run, stop: judge.stop };
}
