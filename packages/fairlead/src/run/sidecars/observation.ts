import type { JsonObject } from "@fairlead/apimachinery";
import { createInformers, type Informers } from "@fairlead/kube";
import { defaultRegistry } from "../../plan/mesh/config/registry-settings.ts";
import { decide } from "../../plan/sidecars/decide/decide.ts";
import { configsOf, controlPlanesOf, injectorNamespaces } from "../../plan/sidecars/decide/injector.ts";
import type { WorkloadKey } from "../../plan/sidecars/model/decision.ts";
import type { Injector } from "../../plan/sidecars/model/question.ts";
import type { SidecarChange } from "../../plan/sidecars/model/view.ts";
import { factsOf } from "../../plan/sidecars/observe/facts-of.ts";
import { expectedProxyOf } from "../../plan/sidecars/observe/proxy-shape.ts";
import { sidecarKinds } from "../../plan/sidecars/observe/sidecar-kinds.ts";
import { createView } from "../../plan/sidecars/view/create-view.ts";
import { clientOptions } from "../clusters/limits.ts";
import { errorFields } from "../log.ts";
import type { Problems } from "../problems.ts";
import { watchRegistry, type RegistryWatch } from "../mesh/registry/watch-registry.ts";
import { createEngine, sameCluster, type Engine } from "./engine/engine.ts";
import { createFactBook } from "./engine/fact-book.ts";
import { sidecarRunFinding } from "./findings.ts";
import { createFleet, type Fleet } from "./fleet.ts";
import { askInjector } from "./oracle/ask-injector.ts";
import { createAsk } from "./oracle/ask.ts";
import type { Asked } from "./oracle/asked.ts";
import { askByDryRun } from "./oracle/dry-run.ts";
import { createOracle, type InjectorStatus, type Oracle } from "./oracle/oracle.ts";
import { createPoster, type Poster } from "./oracle/post.ts";
import type { InjectorFacts } from "./oracle/settle.ts";
import type { PlanSidecarsOptions, SidecarCluster } from "./sidecars-model.ts";

export interface ObservationOptions extends PlanSidecarsOptions {
  readonly problems: Problems;
  /** The clusters that answer were read. */
  readonly onStarted: () => void;
  readonly onDecided: (changed: readonly WorkloadKey[]) => void;
  /** What people see of clusters and injectors has changed. */
  readonly onStatus: () => void;
  /** Something that was under way has ended: `isIdle` may be true. */
  readonly onEnd: () => void;
  readonly onDecision?: (seconds: number) => void;
  readonly onAsked?: (asked: Asked, seconds: number) => void;
}

/** What is known of clusters and injectors, and what follows from it. It writes nothing but trial pods. */
export interface Observation {
  readonly engine: Engine;
  readonly oracle: Oracle;
  readonly fleet: Fleet;
  /** Informers of the home cluster. */
  readonly home: Informers;
  clusters(): readonly SidecarCluster[];
  /** Those that new pods of any workload would meet. */
  injectors(): readonly InjectorStatus[];
  isStarted(): boolean;
  /** Why it has not started. */
  notStarted(): readonly string[];
  isIdle(): boolean;
  /** `HOST:PORT` of injectors that were connected to. */
  targets(): readonly string[];
  /** Begins. */
  open(): void;
  close(): Promise<void>;
}

const startMs = 10_000;

export function createObservation(options: ObservationOptions): Observation {
  const { clusters: chosen, settings, clock, random, log, problems } = options;
  const turn = options.turn ?? (() => new Promise<void>((resolve) => void setImmediate(resolve)));
  const registry = chosen.kind === "registry" ? chosen.settings : defaultRegistry;
  const limits = options.limits ?? registry.limits;
  const dial = options.dial ?? (() => undefined);
  const kinds = sidecarKinds(settings);
  const configKind = kinds.find(({ kind }) => kind === "ConfigMap") ?? sidecarKinds(settings, ["x"]).at(-1)!;
  const openedAt = clock.monotonic();
  let isOpen = false;
  let isStarted = false;
  let isClosed = false;
  let watch: RegistryWatch | undefined;
  let cancelStart = (): void => {};

  const book = createFactBook((object, cluster) => factsOf(object as unknown as JsonObject, cluster, settings));
  /** As the view knows them. */
  const told = new Map<string, SidecarChange & { readonly kind: "cluster" }>();
  const gone = new Set<string>();
  /** Injectors that decisions were made by of late. */
  let inUse: ReadonlyMap<string, InjectorStatus> = new Map();

  function changes(): SidecarChange[] {
    const taken = book.take();
    for (const name of gone) told.delete(name);
    gone.clear();
    for (const { name } of fleet.all()) {
      const cluster = { name, region: book.regionOf(name), state: fleet.state(name) };
      if (sameCluster(told.get(name)?.cluster, cluster)) continue;
      const change = { kind: "cluster", cluster } as const;
      told.set(name, change);
      taken.push(change);
    }
    return taken;
  }

  const poster: Poster = createPoster({ clock, connections: settings.oracle.concurrency });
  const { timeoutMs } = settings.oracle;
  const ask = createAsk({
    ask: settings.oracle.ask,
    injector: (question, signal) => askInjector(question, { poster, dial, timeoutMs, signal, random }),
    async dryRun(question, signal) {
      const client = fleet.get(question.cluster)?.client();
      if (client === undefined) {
        return { kind: "failed", why: "unreachable", by: "dry-run", message: "the cluster has no connection" };
      }
      return askByDryRun(question, { client, timeoutMs, signal, random });
    },
  });

  const oracle = createOracle({
    settings: settings.oracle,
    ask,
    shapeOf: (pod) => expectedProxyOf(pod, settings.compare.ignoredEnv),
    factsOf: injectorFacts,
    isWanted: (question) => engine.isWanted(question),
    clock,
    log,
    onInjector(cluster, injector) {
      engine.injectorChanged(cluster, injector);
      sayInjector(cluster, injector);
      options.onStatus();
    },
    onAnswer: (question) => engine.answered(question),
    onEnd: options.onEnd,
    ...(options.onAsked !== undefined && { onAsked: options.onAsked }),
  });

  function injectorFacts(cluster: string, injector: Injector): InjectorFacts {
    const { revision, client, inputs } = injector;
    const view = engine.view();
    const planes = controlPlanesOf(view, cluster, revision, client);
    const config = configsOf(view, cluster, revision, client).find(({ role, image }) => role === "injector" && image);
    return {
      inputs,
      rolledOut: planes.length === 0 ? undefined : planes.every(({ rolledOut }) => rolledOut),
      image: config?.image,
    };
  }

  function injectors(): readonly InjectorStatus[] {
    return oracle.injectors().filter(({ cluster, injector }) => engine.isUsed(cluster, injector));
  }

  /** What is said of injectors holds as long as their webhooks lead to workloads. */
  function sayUsed(): void {
    const used = new Map(injectors().map((one) => [`${one.cluster} ${one.injector}`, one]));
    const changed = [...inUse, ...used].filter(([id]) => used.has(id) !== inUse.has(id));
    if (changed.length === 0) return;
    inUse = used;
    for (const [, { cluster, injector }] of changed) sayInjector(cluster, injector);
    options.onStatus();
  }

  function sayInjector(cluster: string, id: string): void {
    const status = injectors().find((one) => one.cluster === cluster && one.injector === id);
    const findings = [];
    if (status?.phase === "failed") {
      const code = status.reason.includes("rolling out") ? "FL883" : "FL882";
      findings.push(sidecarRunFinding(code, { message: `cluster ${cluster}, ${id}: ${status.reason}` }));
    }
    for (const finding of problems.set(`injector ${cluster} ${id}`, findings)) log.warn({ finding }, "a finding");
  }

  const engine: Engine = createEngine({
    view: createView(settings),
    decide,
    oracle,
    clock,
    turn,
    changes,
    onTaken: maybeStart,
    onDecided(changed) {
      sayUsed();
      options.onDecided(changed);
    },
    onIdle: options.onEnd,
    ...(options.onDecision !== undefined && { onDecision: options.onDecision }),
    onError: (key, error) => log.error({ key, error: errorFields(error) }, "a workload could not be decided"),
  });

  const fleet: Fleet = createFleet({
    kinds,
    configKind: (namespace) => ({ ...configKind, namespace }),
    limits,
    clock,
    random,
    log,
    instance: options.instance,
    connect(access) {
      if (chosen.kind !== "registry") throw new Error("clusters that are listed bring their clients");
      return chosen.connect(access, clientOptions(limits));
    },
    onObject(cluster, kind, key, object) {
      if (object === undefined) book.remove(cluster, kind, key);
      else book.put(cluster, object);
      engine.touch();
    },
    onView(cluster) {
      const state = fleet.state(cluster);
      if (told.get(cluster)?.cluster.state !== state) engine.touch();
      options.onStatus();
      maybeStart();
    },
    onRemoved(cluster) {
      gone.add(cluster);
      book.dropCluster(cluster);
      problems.drop(`injector ${cluster} `);
      engine.touch();
      maybeStart();
    },
  });

  const home = createInformers(options.home, {
    clock,
    random,
    onError: (error) => log.error({ error: errorFields(error) }, "a change of the home cluster could not be taken in"),
  });

  /** Begins when all clusters were read that can be read; those that do not answer are waited for a while. */
  function maybeStart(): void {
    readConfigs();
    if (isStarted || isClosed || !isOpen || (watch !== undefined && !watch.synced())) return;
    // What was read is taken in first.
    if (book.pending > 0) return engine.touch();
    const isLate = clock.monotonic() - openedAt >= (options.startMs ?? startMs);
    const isSettled = fleet.all().every((member) => member.isSettled() && fleet.state(member.name) !== "unread");
    if (!isLate && !isSettled) return;
    isStarted = true;
    cancelStart();
    log.info({ clusters: fleet.all().length }, "the clusters were read");
    options.onStarted();
  }

  /** Injectors' ConfigMaps lie where their Services do: known only when webhooks are. */
  function readConfigs(): void {
    const view = engine.view();
    for (const { name } of fleet.all()) {
      const further = injectorNamespaces(view, name).filter((one) => !settings.select.istioNamespaces.includes(one));
      if (further.length > 0) fleet.configNamespaces(name, further);
    }
  }

  function notStarted(): readonly string[] {
    if (isStarted) return [];
    const missing: string[] = [];
    if (watch !== undefined && !watch.synced()) missing.push(watch.problem() ?? "the registry is being read");
    for (const member of fleet.all()) {
      if (fleet.state(member.name) === "unread") {
        missing.push(`cluster ${member.name}: ${member.problem() ?? "is being read"}`);
      }
    }
    return missing.length === 0 ? ["the clusters are being read"] : missing;
  }

  return {
    engine,
    oracle,
    fleet,
    home,
    clusters: () =>
      fleet
        .all()
        .map((member) => ({
          name: member.name,
          region: told.get(member.name)?.cluster.region ?? "",
          state: fleet.state(member.name),
          problem: member.problem(),
          staleMs: member.staleMs(),
        }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    isStarted: () => isStarted,
    notStarted,
    injectors,
    isIdle: () => isStarted && engine.isIdle() && book.pending === 0 && oracle.isIdle(),
    targets: () => poster.targets(),
    open() {
      isOpen = true;
      if (chosen.kind === "listed") for (const { name, client } of chosen.clusters) fleet.add(name, client);
      else {
        if (chosen.settings.home !== undefined) fleet.add(chosen.settings.home, options.home);
        watch = watchRegistry({
          informers: home,
          settings: chosen.settings,
          clock,
          log,
          onChange(state) {
            for (const finding of problems.set("registry", state.findings)) log.warn({ finding }, "a finding");
            fleet.update(state);
            maybeStart();
          },
        });
      }
      cancelStart = clock.after(options.startMs ?? startMs, maybeStart);
      maybeStart();
    },
    async close() {
      isClosed = true;
      cancelStart();
      watch?.stop();
      engine.close();
      await oracle.stop();
      poster.close();
      await Promise.all([fleet.close(), home.stop()]);
    },
  };
}
