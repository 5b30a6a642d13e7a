/**
 * A mesh without a clock or a network: clusters with objects, a fleet that follows them change by change, and writes that
 * come late, in any order, or get lost. What the controller does is done here in as few steps as there are.
 */
import { canonicalJson, compareText, equal, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject, ObjectRef } from "@fairlead/krm";
import { allocateAddresses, readStores, releaseAddresses } from "../../../src/plan/mesh/addresses/allocate.ts";
import { storeNames, type AddressStore } from "../../../src/plan/mesh/addresses/store.ts";
import type { FleetChange } from "../../../src/plan/mesh/fleet/change.ts";
import { createFleet, type FleetSnapshot } from "../../../src/plan/mesh/fleet/create-fleet.ts";
import type { ClusterView, MeshKey } from "../../../src/plan/mesh/model/fleet.ts";
import type { ClusterPlan, MeshPlan } from "../../../src/plan/mesh/model/plan.ts";
import type { MeshSettings } from "../../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../../src/plan/mesh/plan-key.ts";
import { withSidecarHosts } from "../../../src/plan/mesh/write/sidecar-edit.ts";
import { hostUse } from "../../../src/run/mesh/addresses/host-use.ts";
import { idOf, type Seen, type Step } from "../../../src/run/mesh/write/steps.ts";
import { stepsBeside } from "../../../src/run/mesh/write/withheld.ts";
import { addressProblems, entryProblems, idOfObject, isOurs, nameOf, type Found } from "./invariants.ts";
import { fail } from "./model-error.ts";

export interface ModelCluster {
  readonly name: string;
  /** What is in it, by id. */
  readonly objects: Map<string, JsonObject>;
  /** What was read of it, by id. */
  seen: Map<string, JsonObject>;
  isRegistered: boolean;
  isReachable: boolean;
  isRead: boolean;
  isPaused: boolean;
}

export const textOf = (value: unknown): string => canonicalJson(value as JsonValue);

export class PlannerWorld {
  readonly settings: MeshSettings;
  readonly clusters = new Map<string, ModelCluster>();
  fleet: FleetSnapshot;
  stores: AddressStore[] = [];
  /** What each key was when it was planned last. */
  plans = new Map<MeshKey, MeshPlan>();
  /** Keys to be planned. */
  dirty = new Set<MeshKey>();
  /** `CLUSTER KEY` of writes that are asked for. */
  readonly waiting = new Set<string>();
  /** Changes of which nobody was told yet, by cluster. */
  readonly untold = new Map<string, FleetChange[]>();
  now = Date.UTC(2026, 0, 1);
  writes = 0;
  #uses = hostUse();
  #version = 0;
  /** Objects of ours as somebody else left them. */
  readonly #edited = new WeakSet<JsonObject>();

  constructor(settings: MeshSettings, names: readonly string[]) {
    this.settings = settings;
    this.fleet = createFleet(settings);
    for (const name of names) {
      this.clusters.set(name, {
        name,
        objects: new Map(),
        seen: new Map(),
        isRegistered: true,
        isReachable: true,
        isRead: true,
        isPaused: false,
      });
      this.take([{ kind: "cluster", cluster: name, view: this.viewOf(name)! }]);
    }
  }

  /** The home cluster is read, and is no member. */
  viewOf(name: string): ClusterView | undefined {
    const cluster = this.clusters.get(name)!;
    if (!cluster.isRegistered) return undefined;
    if (name === "home") return "paused";
    if (!cluster.isRead) return "unread";
    if (cluster.isPaused) return "paused";
    return cluster.isReachable ? "current" : "stale";
  }

  isComplete(): boolean {
    return [...this.clusters.keys()].every((name) => this.viewOf(name) !== "unread");
  }

  take(changes: readonly FleetChange[]): readonly MeshKey[] {
    for (const change of changes) {
      if (change.kind !== "put" && change.kind !== "delete") continue;
      const seen = this.clusters.get(change.cluster)!.seen;
      if (change.kind === "put") seen.set(idOfObject(change.object), change.object);
      else seen.delete(idOfObject(change.object));
    }
    const result = this.fleet.with([{ kind: "time", at: this.now }, ...changes]);
    this.fleet = result.fleet;
    for (const key of result.keys) this.dirty.add(key);
    return result.keys;
  }

  /** A user, or the server, makes an object what it is; false if it is already. */
  put({ cluster: name, object }: Found): boolean {
    const cluster = this.clusters.get(name)!;
    const id = idOfObject(object);
    const before = cluster.objects.get(id);
    const old = (before?.["metadata"] ?? {}) as JsonObject;
    const { status, metadata, ...content } = object;
    const isSame = before !== undefined && equal(before["spec"], content["spec"]);
    const next: JsonObject = {
      ...content,
      metadata: {
        ...(metadata as JsonObject),
        uid: old["uid"] ?? `u${++this.#version}`,
        creationTimestamp: old["creationTimestamp"] ?? new Date(this.now).toISOString().replace(".000Z", "Z"),
        generation: isSame ? (old["generation"] ?? 1) : Number(old["generation"] ?? 0) + 1,
      },
      ...(status === undefined ? {} : { status }),
    };
    if (before !== undefined && equal(before, next)) return false;
    if (isOurs(next)) this.#edited.add(next);
    cluster.objects.set(id, next);
    this.#tell({ kind: "put", cluster: name, object: next });
    return true;
  }

  remove(name: string, id: string): void {
    const cluster = this.clusters.get(name)!;
    const object = cluster.objects.get(id)!;
    cluster.objects.delete(id);
    this.#tell({ kind: "delete", cluster: name, object });
  }

  #tell(change: FleetChange & { cluster: string }): void {
    const cluster = this.clusters.get(change.cluster)!;
    if (!cluster.isRegistered || !cluster.isReachable || !cluster.isRead) return;
    const list = this.untold.get(change.cluster) ?? [];
    list.push(change);
    this.untold.set(change.cluster, list);
  }

  /** Tells all that happened in a cluster, or in all of them, in one call. */
  deliver(name?: string): readonly MeshKey[] {
    const lists = name === undefined ? [...this.untold.values()] : [this.untold.get(name) ?? []];
    if (name === undefined) this.untold.clear();
    else this.untold.delete(name);
    return lists.some((list) => list.length > 0) ? this.take(lists.flat()) : [];
  }

  /** The connection is lost: what was not told is not told. */
  lose(name: string): void {
    const cluster = this.clusters.get(name)!;
    if (!cluster.isReachable) return;
    this.untold.delete(name);
    cluster.isReachable = false;
    if (cluster.isRegistered) this.take([{ kind: "cluster", cluster: name, view: this.viewOf(name)! }]);
  }

  /** It answers again, and is listed anew. */
  find(name: string): void {
    const cluster = this.clusters.get(name)!;
    if (cluster.isReachable) return;
    cluster.isReachable = true;
    if (cluster.isRegistered) this.read(name);
  }

  /** What a list says, told as an informer does: what is there, and what is gone. */
  read(name: string): void {
    const cluster = this.clusters.get(name)!;
    this.untold.delete(name);
    cluster.isRead = true;
    const changes: FleetChange[] = [];
    for (const [id, object] of cluster.objects) {
      if (cluster.seen.get(id) !== object) changes.push({ kind: "put", cluster: name, object });
    }
    for (const [id, object] of cluster.seen) {
      if (!cluster.objects.has(id)) changes.push({ kind: "delete", cluster: name, object });
    }
    this.take([...changes, { kind: "cluster", cluster: name, view: this.viewOf(name)! }]);
  }

  pause(name: string, isPaused: boolean): void {
    const cluster = this.clusters.get(name)!;
    cluster.isPaused = isPaused;
    if (cluster.isRegistered) this.take([{ kind: "cluster", cluster: name, view: this.viewOf(name)! }]);
  }

  forget(name: string): void {
    const cluster = this.clusters.get(name)!;
    if (!cluster.isRegistered) return;
    cluster.isRegistered = false;
    cluster.isRead = false;
    cluster.seen = new Map();
    this.untold.delete(name);
    this.take([{ kind: "forget", cluster: name }]);
  }

  register(name: string): void {
    const cluster = this.clusters.get(name)!;
    if (cluster.isRegistered) return;
    cluster.isRegistered = true;
    this.take([{ kind: "cluster", cluster: name, view: "unread" }]);
    if (cluster.isReachable) this.read(name);
  }

  /** Everything that a process knows is lost; what answers is read again, in another order. */
  restart(mix: <T>(list: readonly T[]) => T[]): void {
    this.fleet = createFleet(this.settings);
    this.plans.clear();
    this.dirty.clear();
    this.waiting.clear();
    this.untold.clear();
    this.#uses = hostUse();
    for (const name of mix([...this.clusters.keys()])) {
      const cluster = this.clusters.get(name)!;
      cluster.seen = new Map();
      cluster.isRead = false;
      if (cluster.isRegistered) this.take([{ kind: "cluster", cluster: name, view: this.viewOf(name)! }]);
    }
    this.#storesTold();
    for (const [name, cluster] of mix([...this.clusters])) {
      if (!cluster.isRegistered || !cluster.isReachable) continue;
      cluster.isRead = true;
      const puts = [...cluster.objects.values()].map((object): FleetChange => ({ kind: "put", cluster: name, object }));
      this.take([...mix(puts), { kind: "cluster", cluster: name, view: this.viewOf(name)! }]);
    }
  }

  /** A fleet that was never anything else than what is known now. */
  anew(mix: <T>(list: readonly T[]) => T[], isWrittenKnown = true): FleetSnapshot {
    const changes: FleetChange[] = [{ kind: "addresses", store: "all", hosts: this.addresses() }];
    changes.push({ kind: "time", at: this.now });
    for (const [name, { seen, isRegistered }] of this.clusters) {
      if (!isRegistered) continue;
      changes.push({ kind: "cluster", cluster: name, view: this.viewOf(name)! });
      for (const object of seen.values()) {
        if (isWrittenKnown || !isOurs(object)) changes.push({ kind: "put", cluster: name, object });
      }
    }
    return createFleet(this.settings).with(mix(changes)).fleet;
  }

  addresses(): ReadonlyMap<string, readonly string[]> {
    return readStores(this.stores, this.settings.addresses).addresses;
  }

  #storesTold(): void {
    this.take([{ kind: "addresses", store: "all", hosts: this.addresses() }]);
  }

  /** Plans keys that are to be planned, and asks for the writes that they need. */
  plan(keys: readonly MeshKey[]): void {
    const missing = new Set<string>();
    for (const key of keys) {
      this.dirty.delete(key);
      const plan = planKey(this.fleet, key);
      this.plans.set(key, plan);
      this.#uses.planned(plan);
      for (const host of plan.needsAddresses) missing.add(host);
      for (const own of plan.clusters) {
        if (this.steps(own, key).length > 0) this.waiting.add(`${own.cluster} ${key}`);
      }
    }
    if (missing.size === 0) return;
    const { addresses } = this.settings;
    const isWhole = storeNames(addresses).every((name) => this.stores.some((store) => store.name === name));
    const written = this.#uses.written(this.fleet, isWhole ? [...missing] : undefined);
    const hosts = isWhole ? [...missing] : [...new Set([...missing, ...written.keys()])];
    this.#store(allocateAddresses(this.stores, hosts, this.settings.addresses, this.now, written).changed);
  }

  release(): void {
    if ([...this.clusters.keys()].some((name) => name !== "home" && this.viewOf(name) !== "current")) return;
    const used = this.#uses.inUse(this.fleet);
    const hosts = [...this.addresses().keys()].filter((host) => !used.has(host));
    if (hosts.length > 0) this.#store(releaseAddresses(this.stores, hosts, this.settings.addresses, this.now).changed);
  }

  /** Somebody deletes what addresses are stored in. */
  loseStore(): void {
    this.stores = [];
    this.#storesTold();
    // Hosts are asked for again by the plans of what has them.
  }

  #store(changed: readonly AddressStore[]): void {
    if (changed.length === 0) return;
    const names = new Set(changed.map(({ name }) => name));
    this.stores = [...this.stores.filter(({ name }) => !names.has(name)), ...changed];
    this.#storesTold();
  }

  /** What a cluster needs for a plan; a cluster that is not in view loses nothing. */
  steps(own: ClusterPlan, key: MeshKey): Step[] {
    const view = this.viewOf(own.cluster);
    if (view === undefined || view === "paused" || view === "unread") return [];
    const isForeign = (object: ObjectRef): boolean => this.isForeign(own.cluster, object);
    const seen: Seen = {
      written: this.fleet.written(key).filter(({ cluster }) => cluster === own.cluster),
      sidecars: (namespace) => this.fleet.sidecars(own.cluster, namespace),
      isAsAnswered: () => false,
    };
    const steps = stepsBeside(own, seen, isForeign).filter(
      ({ kind, object }) => kind !== "create" || !isForeign(object),
    );
    return view === "current" ? steps : steps.filter(({ kind }) => kind !== "delete");
  }

  isForeign(name: string, object: ObjectRef): boolean {
    const known = this.clusters.get(name)!.seen.get(idOf(object.apiVersion, object));
    return known !== undefined && !isOurs(known);
  }

  /** Whether somebody else wrote last into an object of ours. */
  isEdited({ object }: Found): boolean {
    return this.#edited.has(object);
  }

  /** Carries out what is asked for; false if it is lost on the way, and asked for again. */
  write(asked: string, isLost: boolean): boolean {
    const name = asked.slice(0, asked.indexOf(" "));
    const key = asked.slice(name.length + 1) as MeshKey;
    const cluster = this.clusters.get(name)!;
    if (!cluster.isRegistered) return this.waiting.delete(asked);
    if (!cluster.isReachable || isLost) return false;
    const plan = planKey(this.fleet, key).clusters.find((own) => own.cluster === name);
    this.waiting.delete(asked);
    if (plan === undefined) return true;
    for (const step of this.steps(plan, key)) {
      const id = idOf(step.object.apiVersion, step.object);
      // What somebody changed in between is looked at first: the server refuses what was planned before.
      if (this.untold.get(name)?.some((change) => "object" in change && idOfObject(change.object) === id) === true) {
        this.deliver(name);
        this.waiting.add(asked);
        return false;
      }
      this.#step(cluster, key, step, id);
    }
    return true;
  }

  #step(cluster: ModelCluster, key: MeshKey, step: Step, id: string): void {
    this.writes++;
    const { name } = cluster;
    const before = cluster.objects.get(id);
    if (step.kind === "delete") {
      if (!this.isComplete()) fail([`${key}: ${id} of ${name} is deleted while a cluster was never read`]);
      if (this.viewOf(name) !== "current") fail([`${key}: ${id} is deleted in ${name}, which is not in view`]);
      if (before === undefined) return;
      if (!isOurs(before)) fail([`${key}: ${id} of ${name} is deleted, and somebody else's`]);
      cluster.objects.delete(id);
      this.take([{ kind: "delete", cluster: name, object: before }]);
      return;
    }
    const next = step.kind === "edit" ? withSidecarHosts(before as KrmObject, step.edit) : step.desired;
    if (next === undefined) fail([`${key}: an edit of ${id} in ${name} changes nothing`]);
    const there = this.clusters.get(name)!;
    const isNew = before === undefined || !isOurs(before);
    const metadata = (before?.["metadata"] ?? {}) as JsonObject;
    const object = {
      ...next!,
      metadata: {
        ...next!.metadata,
        uid: metadata["uid"] ?? `u${++this.#version}`,
        creationTimestamp: metadata["creationTimestamp"] ?? "2026-01-01T00:00:00Z",
      },
    } as JsonObject;
    if (!isNew && equal(before, object)) fail([`${key}: a write of ${id} in ${name} changes nothing`]);
    if (step.kind !== "edit" && before !== undefined && isNew) fail([`${key}: ${id} of ${name} is somebody else's`]);
    there.objects.set(id, object);
    this.take([{ kind: "put", cluster: name, object }]);
    const found = { cluster: name, object };
    fail(entryProblems(found));
    if (object["kind"] === "ServiceEntry")
      fail(addressProblems(this.ours()).map((text) => `${text} (${nameOf(found)})`));
  }

  /** Our objects in all clusters that are registered. */
  ours(): Found[] {
    return [...this.clusters.values()].flatMap(({ name, objects, isRegistered }) =>
      isRegistered ? [...objects.values()].filter(isOurs).map((object) => ({ cluster: name, object })) : [],
    );
  }

  /** Asks for what known plans need now: a cluster is in view again, or an object of somebody else is gone. */
  sweep(): void {
    for (const [key, plan] of this.plans) {
      for (const own of plan.clusters) if (this.steps(own, key).length > 0) this.waiting.add(`${own.cluster} ${key}`);
    }
  }

  /** Until nothing can be done any more. */
  settle(): void {
    for (let round = 0; ; round++) {
      if (round > 60) fail([`it does not come to rest: ${[...this.dirty, ...this.waiting].join(", ")}`]);
      this.deliver();
      this.plan([...this.dirty].sort(compareText));
      if (this.dirty.size === 0) this.sweep();
      let isMoved = this.dirty.size > 0;
      for (const asked of [...this.waiting].sort(compareText)) isMoved = this.write(asked, false) || isMoved;
      if (!isMoved && this.dirty.size === 0) return;
    }
  }
}
