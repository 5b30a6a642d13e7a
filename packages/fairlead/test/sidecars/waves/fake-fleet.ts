import type { VirtualClock } from "@fairlead/apimachinery";
import type { Decision, OutdatedPod } from "../../../src/plan/sidecars/model/decision.ts";
import type { ActionResult } from "../../../src/plan/sidecars/model/run.ts";
import type { Random } from "./random.ts";

export interface FakePod {
  readonly name: string;
  readonly uid: string;
  readonly proxy: string;
  readonly node: string;
  readonly zone: string;
  ready: boolean;
  /** The mark of the template that it was made from. */
  readonly madeFor: string;
}

/** A workload as it really is. */
export interface FakeLoad {
  readonly key: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly evicts: boolean;
  /** `stuck`: new pods are never ready; `useless`: they never have what they should; `slow`: not within the deadline. */
  behaviour: "good" | "slow" | "stuck" | "useless";
  readonly template: number;
  readonly identity: string;
  readonly windows: readonly string[];
  readonly order: number;
  readonly labels: { readonly [key: string]: string };
  pods: FakePod[];
  version: number;
  mark: string;
  /** Who began the rollout that is under way. */
  rolls: "us" | "user" | undefined;
  /** Pods that its PodDisruptionBudget lets be missing; undefined: it has none. */
  mayMiss: number | undefined;
  made: number;
}

/** A fleet on a virtual clock: what pods have, how rollouts go on. `touch` hears of everything that changes. */
export interface FakeFleet {
  readonly loads: Map<string, FakeLoad>;
  /** What templates are injected with, by cluster. */
  readonly config: Map<string, number>;
  wanted(load: FakeLoad): string;
  decisionOf(load: FakeLoad): Decision;
  /** A template that has the mark already stays as it is, unless the mark is known to be of another restart. */
  patch(key: string, version: number, restart: { readonly target: string; readonly marked: boolean }): ActionResult;
  evict(key: string, uid: string): ActionResult;
  userRollout(load: FakeLoad): void;
  configure(cluster: string, version: number): void;
  settled(load: FakeLoad): boolean;
}

const second = 1000;

export function fakeFleet(
  clock: VirtualClock,
  random: Random,
  touch: (load: FakeLoad) => void,
  ended: (load: FakeLoad, by: "us" | "user") => void,
): FakeFleet {
  const loads = new Map<string, FakeLoad>();
  const config = new Map<string, number>();

  function wanted({ cluster, template }: FakeLoad): string {
    return `v${config.get(cluster) ?? 0}t${template}`;
  }

  function changed(load: FakeLoad): void {
    load.version++;
    touch(load);
  }

  function newPod(load: FakeLoad, like: FakePod, ready: boolean): FakePod {
    const name = `${load.name}-${++load.made}`;
    const proxy = load.behaviour === "useless" ? "other" : wanted(load);
    const node = random.chance(0.7) ? like.node : `node-${random.upTo(4)}`;
    const zone = `zone-${node.at(-1)}`;
    return { name, uid: `${load.key}:${load.made}`, proxy, node, zone, ready, madeFor: load.mark };
  }

  /** Pods one after the other; what is stuck stays at its first. */
  function roll(load: FakeLoad, by: "us" | "user"): void {
    load.rolls = by;
    changed(load);
    const old = [...load.pods];
    const each = load.behaviour === "slow" ? 400 * second : random.between(2, 20) * second;
    const next = (): void => {
      const pod = old.shift();
      if (pod === undefined) {
        load.rolls = undefined;
        changed(load);
        return ended(load, by);
      }
      const at = load.pods.indexOf(pod);
      if (load.behaviour === "stuck") {
        if (at >= 0) load.pods[at] = newPod(load, pod, false);
        return changed(load);
      }
      if (at >= 0) load.pods[at] = newPod(load, pod, true);
      changed(load);
      clock.after(each, next);
    };
    clock.after(each, next);
  }

  function outdatedPods(load: FakeLoad): FakePod[] {
    return load.pods.filter(({ proxy }) => proxy !== wanted(load));
  }

  function allowed(load: FakeLoad): number {
    return load.mayMiss === undefined ? 1 : load.mayMiss - load.pods.filter(({ ready }) => !ready).length;
  }

  return {
    loads,
    config,
    wanted,
    settled: (load) => load.rolls === undefined && load.pods.every(({ ready }) => ready),
    decisionOf(load) {
      const { key, cluster, namespace, name, identity } = load;
      const workload = { key, cluster, namespace, name, apiVersion: "apps/v1", kind: "Deployment", uid: key };
      const outdated = outdatedPods(load);
      const ready = load.pods.filter((pod) => pod.ready).length;
      const pods = { total: load.pods.length, ready, outdated: outdated.length };
      if (load.rolls !== undefined || (outdated.length === 0 && ready < load.pods.length)) {
        const [nodes, zones] = [new Set(load.pods.map(({ node }) => node)), new Set(load.pods.map(({ zone }) => zone))];
        return {
          kind: "rolling",
          workload,
          pods,
          restartedFor: load.mark,
          nodes: [...nodes],
          zones: [...zones],
          identity,
        };
      }
      if (outdated.length === 0) return { kind: "current", workload, expected: undefined };
      const target = wanted(load);
      return {
        kind: "outdated",
        workload,
        way: { kind: load.evicts ? "evict" : "annotate" },
        differences: [{ field: "image", from: "old", to: target, effect: "restart", pods: outdated.length }],
        restarts: true,
        target,
        restartedFor: load.evicts ? "" : load.mark,
        stillDiffers: !load.evicts && load.mark === target && outdated.some(({ madeFor }) => madeFor === target),
        pods,
        outdated: outdated.map((pod): OutdatedPod => ({ ...pod, createdAt: "2026-11-21T00:00:00Z" })),
        heldBy: load.mayMiss !== undefined && allowed(load) <= 0 ? [`${name}-pdb`] : [],
        order: load.order,
        windows: load.windows,
        identity,
        labels: load.labels,
        namespaceLabels: {},
        findings: [],
      };
    },
    patch(key, version, { target, marked }) {
      const load = loads.get(key);
      if (load === undefined) return { kind: "gone" };
      if (load.version !== version) return { kind: "changed" };
      if (load.mark === target && !marked) return { kind: "written" };
      load.mark = target;
      roll(load, "us");
      return { kind: "written" };
    },
    evict(key, uid) {
      const load = loads.get(key);
      const pod = load?.pods.find((one) => one.uid === uid);
      if (load === undefined || pod === undefined) return { kind: "gone" };
      if (allowed(load) <= 0) return { kind: "held", by: `${load.name}-pdb` };
      load.pods.splice(load.pods.indexOf(pod), 1);
      changed(load);
      clock.after(second, () => {
        const made = newPod(load, pod, false);
        load.pods.push(made);
        changed(load);
        if (load.behaviour === "stuck") return;
        clock.after(random.between(1, 20) * second, () => {
          made.ready = true;
          changed(load);
          ended(load, "us");
        });
      });
      return { kind: "written" };
    },
    userRollout(load) {
      if (load.rolls === undefined) roll(load, "user");
    },
    configure(cluster, version) {
      config.set(cluster, version);
      for (const load of loads.values()) if (load.cluster === cluster) touch(load);
    },
  };
}
