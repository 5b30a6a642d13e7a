import { refOf, type Finding } from "@fairlead/krm";
import { createInformers } from "@fairlead/kube";
import { createFleet } from "../../plan/mesh/fleet/create-fleet.ts";
import type { ClusterView, MeshKey } from "../../plan/mesh/model/fleet.ts";
import { mayBeWritten } from "../../plan/mesh/observe/written.ts";
import { planKey } from "../../plan/mesh/plan-key.ts";
import { errorFields } from "../log.ts";
import { openAddressBook } from "./addresses/book.ts";
import { hostUse } from "./addresses/host-use.ts";
import { watchedKinds } from "./clusters/kinds.ts";
import { clientOptions } from "../clusters/limits.ts";
import { knownVersions } from "./clusters/known-versions.ts";
import type { Member } from "../clusters/member.ts";
import { createMembers } from "./clusters/members.ts";
import { createNamespace, namespaceMaker } from "./clusters/namespaces.ts";
import { createEngine } from "./engine/engine.ts";
import { createMeshMetrics } from "./metrics.ts";
import type { Mesh, MeshCluster, MeshOptions } from "./mesh-model.ts";
import { createProblems } from "../problems.ts";
import { watchRegistry } from "./registry/watch-registry.ts";
import { createRight } from "./right.ts";
import { createRest } from "./rest.ts";
import { createReporter } from "./status/reporter.ts";
import { within } from "../within.ts";
import { createAnswers } from "./write/answers.ts";
import { createPace } from "./write/pace.ts";
import { idOf } from "./write/steps.ts";
import { createUnderWay } from "./write/under-way.ts";
import { neededSteps, writeKey, type WriteContext } from "./write/write-key.ts";

export type { Mesh, MeshCluster, MeshOptions } from "./mesh-model.ts";

const startMs = 10_000;
const stopMs = 15_000;
/** Keys that wait to be written: more than a change by hand brings. */
const busyDepth = 8;
/** A cluster that has just been lost, or found, is no reason to hurry. */
const againMs = 1_000;

export function startMesh(options: MeshOptions): Mesh {
  const { home, settings, registry, clock, random, log, instance, partition } = options;
  const turn = options.turn ?? (() => new Promise<void>((resolve) => void setImmediate(resolve)));
  const problems = createProblems();
  const answers = createAnswers();
  const pace = createPace(() => clock.monotonic());
  const underWay = createUnderWay();
  const uses = hostUse();
  const known = knownVersions();
  const rest = createRest(clock, () => isIdle());
  const syncNamespace = settings.scope.syncNamespace;
  const timers = new Set<() => void>();
  const openedAt = clock.monotonic();
  /** Whether everything below is in place. */
  let isOpen = false;
  let isStarted = false;
  let isStopping = false;

  const right = createRight({
    ...(options.election !== undefined && { election: options.election }),
    ...(partition !== undefined && { partition }),
    log,
    onChange: () => sweep(),
    drained: () => Promise.all(members.writers().map((one) => one.drained(() => true))),
  });
  const mayWrite = (key: string): boolean => !isStopping && !registry.readOnly && right.mayWrite(key);

  const metrics = createMeshMetrics({
    clusters: () => clusters(),
    queues() {
      const queues = members.writers().map((one) => one.metrics());
      return {
        plan: engine.metrics().dirty,
        write: queues.reduce((sum, { depth, working }) => sum + depth + working, engine.metrics().waiting),
        oldestMs: Math.max(0, ...queues.map(({ oldestMs }) => oldestMs)),
      };
    },
    keys: () => uses.keys(),
    findings: () => problems.counts(),
    leading: () => right.isHeld(),
    eventsDropped: () => members.all().reduce((sum, member) => sum + (member.events()?.dropped ?? 0), 0),
  });

  /** Plans say what they find in status and Events; a log of thousands of users' mistakes helps nobody. */
  function say(about: string, findings: readonly Finding[]): void {
    const isPlan = about.startsWith("plan ");
    for (const finding of problems.set(about, findings)) {
      if (isPlan || finding.severity === "info") log.debug({ finding, about }, "a finding");
      else log.warn({ finding, about }, "a finding");
    }
  }

  // The home cluster is read even if it is no member: it has the Dependencies, and nothing is written to it then.
  const homeName = registry.home ?? "";
  const isMember = registry.home !== undefined;
  const kinds = watchedKinds(settings);

  const members = createMembers({
    kinds: kinds.every,
    limits: registry.limits,
    clock,
    random,
    log,
    instance,
    connect: (access) => options.connect(access, clientOptions(registry.limits)),
    onObject(member, kind, key, object, isOwn) {
      const told = object ?? { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { ...key } };
      const isOurs = isOwn || underWay.isOurs(member.name, told);
      if (mayBeWritten(told)) {
        if (!known.take(member.name, told, object === undefined)) return;
        if (!isOurs) pace.changed(`${member.name} ${idOf(told.apiVersion, refOf(told))}`);
        const waiting = known.blockedBy(member.name, refOf(told));
        if (waiting !== undefined) members.write(member.name, waiting);
      }
      const change = { kind: object === undefined ? "delete" : "put", cluster: member.name, object: told } as const;
      if (isOurs) engine.wrote(change);
      else engine.change(change);
    },
    onView: viewOf,
    onRemoved(name) {
      known.drop(name);
      views.delete(name);
      problems.drop(`${name} `);
      engine.drop(name);
      reporter.drop(name);
      engine.change({ kind: "forget", cluster: name });
      maybeStart();
      rest.look();
    },
    work: (member, key, signal) => work(member, key as MeshKey, signal),
    onSettled(cluster, key) {
      engine.settled(cluster, key);
      rest.look();
    },
  });

  const views = new Map<string, ClusterView>();
  function viewOf(member: Member): void {
    const { name } = member;
    const own = member.view();
    const view = name === "" && own !== "unread" ? "paused" : own;
    const before = views.get(name);
    if (before !== view) {
      views.set(name, view);
      engine.change({ kind: "cluster", cluster: name, view });
      // What was held back while it was not in view.
      if (view === "current" && before !== undefined && isStarted) later(againMs, sweep);
    }
    maybeStart();
  }

  const engine = createEngine({
    fleet: createFleet(settings),
    plan: planKey,
    clock,
    turn,
    mayWrite,
    isNeeded(plan, key) {
      const member = members.get(plan.cluster);
      return member !== undefined && neededSteps(plan, key, { member, fleet: engine.fleet, answers }).length > 0;
    },
    write: (cluster, key) => members.write(cluster, key),
    onAddresses: (hosts) => addresses.allocate(hosts),
    onPlanned: () => rest.look(),
    onPlan(plan, seconds) {
      metrics.planned(seconds);
      uses.planned(plan);
      say(`plan ${plan.key}`, plan.findings);
      reporter.report(plan.key, plan.reports);
    },
    onError: (key, error) => log.error({ key, error: errorFields(error) }, "a key could not be planned"),
  });

  const ensureNamespace = namespaceMaker(
    syncNamespace,
    (cluster) => engine.fleet().namespace(cluster, syncNamespace) !== undefined,
  );

  async function work(member: Member, key: MeshKey, signal: AbortSignal): Promise<number | undefined> {
    const since = engine.since(key);
    const context: WriteContext = {
      member,
      fleet: engine.fleet,
      planOf: engine.planOf,
      mayWrite,
      version: (object) => known.version(member.name, object),
      pace,
      answers,
      underWay,
      metrics,
      ensureNamespace: (name, call) => ensureNamespace(member, name, call),
      onProblems(about, found) {
        const before = problems.of(`${member.name} ${about}`).length;
        say(`${member.name} ${about}`, found);
        const others = found.flatMap(({ code, object }) => (code === "FL845" && object !== undefined ? [object] : []));
        known.block(member.name, about, others);
        if (before + found.length > 0) reporter.again(about);
      },
      onWritten: (about, step) =>
        log.debug({ cluster: member.name, key: about, step: step.kind, object: step.object }, "written"),
    };
    const again = await writeKey(key, context, signal);
    if (since !== undefined) metrics.synced((clock.monotonic() - since) / 1000);
    return again;
  }

  const homeInformers = createInformers(home, {
    clock,
    random,
    onError: (error) => log.error({ error: errorFields(error) }, "a change of the home cluster could not be taken in"),
  });
  const addresses = openAddressBook({
    client: home,
    informers: homeInformers,
    namespace: syncNamespace,
    settings: settings.addresses,
    clock,
    log,
    mayWrite: () => !isStopping && !registry.readOnly && right.isHeld(),
    ensureNamespace: () => createNamespace(home, syncNamespace, AbortSignal.timeout(15_000)),
    written: (hosts) => uses.written(engine.fleet(), hosts),
    onHosts(store, hosts) {
      engine.change({ kind: "addresses", store, hosts });
      maybeStart();
    },
    onFindings: say,
    onSettled: () => rest.look(),
    count: (verb, outcome) => metrics.wrote(verb, "ConfigMap", outcome),
  });
  const reporter = createReporter({
    clock,
    random,
    log,
    metrics,
    member: (name) => members.get(name),
    mayWrite: (id) => isStarted && mayWrite(id),
    onSettled: () => rest.look(),
    isBusy: () =>
      members.writers().reduce((sum, one) => sum + one.metrics().depth, engine.metrics().waiting) > busyDepth,
    sources: (key) => engine.sourcesOf(key as MeshKey),
    conflicts: (key, cluster) => problems.of(`${cluster} ${key}`).map(({ message }) => message),
  });

  const homeMember = members.add(homeName, home, isMember ? [...kinds.every, ...kinds.home] : kinds.home);
  const watch = watchRegistry({
    informers: homeInformers,
    settings: registry,
    clock,
    log,
    onChange(state) {
      say("registry", state.findings);
      members.update(state);
      maybeStart();
    },
  });

  /** Begins when all clusters were read that can be read; those that do not answer are waited for a while. */
  function maybeStart(): void {
    if (isStarted || isStopping || !isOpen || notStarted().length > 0) return;
    const isLate = clock.monotonic() - openedAt >= (options.startMs ?? startMs);
    if (!isLate && !members.all().every((member) => member.isSettled())) return;
    isStarted = true;
    log.info({ clusters: clusters().length, keys: [...engine.fleet().keys()].length }, "the clusters were read");
    engine.start();
  }
  isOpen = true;
  viewOf(homeMember);
  later(options.startMs ?? startMs, maybeStart);

  function notStarted(): string[] {
    const missing: string[] = [];
    if (homeMember.view() === "unread") missing.push(`home cluster: ${homeMember.problem() ?? "is being read"}`);
    if (!watch.synced()) missing.push(watch.problem() ?? "the registry is being read");
    if (!addresses.synced()) missing.push(addresses.problem() ?? "the virtual addresses are being read");
    return missing;
  }

  function sweep(): void {
    if (!isStarted || isStopping) return;
    engine.sweep();
    reporter.sweep();
  }

  function later(ms: number, run: () => void): void {
    const cancel = clock.after(ms, () => {
      timers.delete(cancel);
      if (!isStopping) run();
    });
    timers.add(cancel);
  }

  function everySync(): void {
    later(registry.syncSeconds * 1000, () => {
      if (isIdle() && clusters().every(({ view }) => view === "current") && mayWrite("addresses")) {
        const inUse = uses.inUse(engine.fleet());
        void addresses.release((host) => inUse.has(host));
      }
      sweep();
      everySync();
    });
  }
  everySync();

  function clusters(): MeshCluster[] {
    return members
      .all()
      .filter(({ name }) => name !== "")
      .map((member) => ({
        name: member.name,
        view: member.view(),
        problem: member.problem(),
        staleMs: member.staleMs(),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  function isIdle(): boolean {
    return (
      isStarted &&
      engine.isIdle() &&
      addresses.isIdle() &&
      members.writers().every((one) => one.isIdle()) &&
      reporter.isIdle()
    );
  }

  // Timers of the clock do not keep a process alive, and clusters that cannot be reached have no connection that does.
  const alive = setInterval(() => {}, 60_000);
  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    isStopping = true;
    log.info({}, "stopping");
    for (const cancel of timers) cancel();
    engine.close();
    rest.close();
    addresses.stop();
    watch.stop();
    await within(
      clock,
      options.stopMs ?? stopMs,
      Promise.all([reporter.close(), ...members.writers().map((one) => one.close())]),
    );
    // The lease is given up only when nothing of ours writes any more.
    await right.close();
    await within(clock, options.stopMs ?? stopMs, Promise.all([members.close(), homeInformers.stop()]));
    clearInterval(alive);
    log.info({}, "stopped");
  }
  const stopOnce = (): Promise<void> => (stopped ??= stop());

  return {
    clusters,
    fleet: engine.fleet,
    isStarted: () => isStarted,
    isIdle,
    settled: rest.settled,
    notReady: () => (isStarted ? [] : [...notStarted(), "the clusters are being read"]),
    findings: () => [...problems.all(), ...clusters().flatMap(({ name }) => engine.fleet().clusterFindings(name))],
    reports: reporter.all,
    metrics: metrics.registry,
    async drained() {
      await Promise.all(members.writers().map((one) => one.drained((key) => partition?.owns(key) === false)));
    },
    stop: stopOnce,
    ended: right.ended.finally(() => void stopOnce()),
  };
}
