import { get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Simulation } from "@fairlead/sim";

/** One thing that happened, at so many milliseconds after the change. */
export interface Moment {
  readonly atMs: number;
  readonly text: string;
}

/** How a Service fared. */
export interface ServiceRecord {
  readonly service: string;
  /** Ready endpoints before the change, the fewest after it, and at the end. */
  readonly before: number;
  readonly least: number;
  readonly end: number;
  /** When there was none, though there had been some: from and until, in milliseconds. */
  readonly without: readonly (readonly [number, number])[];
}

export interface Observer {
  /** To be called whenever the simulation has settled. */
  look(): void;
  /** Ends it. */
  end(): {
    readonly moments: readonly Moment[];
    readonly services: readonly ServiceRecord[];
    readonly restarted: number;
  };
}

interface Tracked {
  readonly before: number;
  now: number;
  least: number;
  since: number | undefined;
  readonly without: (readonly [number, number])[];
}

const slices = "endpointslices.discovery.k8s.io";
const workloads = new Set(["deployments.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch", "cronjobs.batch"]);

/** Watches a simulation from now on: pods that come and go, and the endpoints of Services. */
export function observe(simulation: Simulation): Observer {
  const { store, clock } = simulation;
  const start = clock.now();
  const moments: Moment[] = [];
  const pods = new Map<string, { started: number; stopped: number; failed: number }>();
  let restarted = 0;
  const tracked = new Map<string, Tracked>();
  for (const [service, ready] of readyEndpoints(simulation)) {
    tracked.set(service, { before: ready, now: ready, least: ready, since: undefined, without: [] });
  }
  const stop = store.subscribe(({ collection, kind, stored, previous }) => {
    if (collection === "pods") {
      const owner = ownerOf(stored.object);
      const tally = pods.get(owner) ?? { started: 0, stopped: 0, failed: 0 };
      pods.set(owner, tally);
      if (kind === "added") tally.started++;
      else if (kind === "deleted") tally.stopped++;
      else if (restartsOf(stored.object) > restartsOf(previous?.object)) {
        tally.failed++;
        restarted++;
      }
      if (kind === "deleted") restarted++;
    } else if (workloads.has(collection) && kind !== "modified") {
      say(`${textOf(stored.object["kind"])} ${stored.key} ${kind}`);
    }
  });

  function say(text: string): void {
    moments.push({ atMs: clock.now() - start, text });
  }

  function look(): void {
    for (const [owner, { started, stopped, failed }] of pods) {
      const parts = [part(started, "started"), part(stopped, "gone"), part(failed, "restarted")].filter(
        (one) => one !== "",
      );
      if (parts.length > 0) say(`${owner}: ${parts.join(", ")}`);
    }
    pods.clear();
    const current = readyEndpoints(simulation);
    for (const [service, ready] of current) {
      const one = tracked.get(service) ?? { before: 0, now: 0, least: ready, since: undefined, without: [] };
      tracked.set(service, one);
      note(service, one, ready);
    }
    for (const [service, one] of tracked) if (!current.has(service)) note(service, one, 0);
  }

  function note(service: string, one: Tracked, ready: number): void {
    if (ready === one.now) return;
    const at = clock.now() - start;
    one.now = ready;
    one.least = Math.min(one.least, ready);
    if (ready === 0 && one.before > 0) one.since = at;
    else if (one.since !== undefined) {
      one.without.push([one.since, at]);
      one.since = undefined;
    }
    say(`Service ${service}: ${ready} ready`);
  }

  return {
    look,
    end() {
      stop();
      const at = clock.now() - start;
      const services = [...tracked]
        .map(([service, one]): ServiceRecord => {
          const without = one.since === undefined ? one.without : [...one.without, [one.since, at] as const];
          return { service, before: one.before, least: one.least, end: one.now, without };
        })
        .sort((a, b) => (a.service < b.service ? -1 : 1));
      return { moments, services, restarted };
    },
  };
}

function part(count: number, what: string): string {
  return count === 0 ? "" : `${count} ${count === 1 ? "pod" : "pods"} ${what}`;
}

function ownerOf(pod: JsonObject): string {
  const owners = get(pod["metadata"], "ownerReferences");
  const owner = (Array.isArray(owners) ? owners : []).find((one) => get(one, "controller") === true);
  const namespace = textOf(get(pod["metadata"], "namespace"));
  if (owner === undefined) return `Pod ${namespace}/${textOf(get(pod["metadata"], "name"))}`;
  return `${textOf(get(owner, "kind"))} ${namespace}/${textOf(get(owner, "name"))}`;
}

function restartsOf(pod: JsonObject | undefined): number {
  const statuses = get(pod?.["status"], "containerStatuses");
  let count = 0;
  for (const one of Array.isArray(statuses) ? statuses : []) {
    const restarts = get(one, "restartCount");
    if (typeof restarts === "number") count += restarts;
  }
  return count;
}

function readyEndpoints({ store }: Simulation): ReadonlyMap<string, number> {
  const ready = new Map<string, number>();
  for (const { object } of store.range(slices)) {
    const namespace = textOf(get(object["metadata"], "namespace"));
    const service = `${namespace}/${textOf(get(get(object["metadata"], "labels"), "kubernetes.io/service-name"))}`;
    const endpoints: JsonValue | undefined = object["endpoints"];
    const count = (Array.isArray(endpoints) ? endpoints : []).filter(
      (one) => get(get(one, "conditions"), "ready") === true,
    ).length;
    ready.set(service, (ready.get(service) ?? 0) + count);
  }
  return ready;
}
