import { get, type Clock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Client } from "../client/client.ts";
import { isKubeError } from "../errors.ts";
import { defaultLeaseTimings, type LeaseTimings } from "./leadership.ts";
import { leaseObject, leases, readLease } from "./lease.ts";
import { createTrouble, type LeaseTrouble } from "./trouble.ts";
import {
  initialSharding,
  mayGoOn,
  membersAt,
  nextShardingWake,
  ownsKey,
  stepSharding,
  type Claim,
  type ListedMember,
  type ShardingEffect,
  type ShardingInput,
} from "./sharding-state.ts";

/** Marks the Leases of one group of members; the value is the group's name. */
export const shardGroupLabel = "fairlead.dev/shard-group";
/** The members that a member counts, as a JSON list. */
export const shardClaimAnnotation = "fairlead.dev/shard-members";

export interface ShardingOptions {
  readonly namespace: string;
  /** Who shares: a label's value, and the beginning of the Leases' names. */
  readonly group: string;
  /** Of this process, and of no other one that ever runs at the same time. Lower-case letters, digits and dashes. */
  readonly identity: string;
  readonly timings?: LeaseTimings;
  readonly clock: Clock;
  /**
   * Resolves when nothing is worked on any more that `owns` denies: keys change hands only then. At once unless told,
   * which ends such work instead of waiting for it.
   */
  readonly drained?: () => Promise<void>;
  /** Told when the Leases cannot be read or written, and when they can be again. */
  readonly onTrouble?: (trouble: LeaseTrouble) => void;
}

export interface Sharding {
  /** Takes part until the signal aborts; resolves when it has left and nothing of it is worked on. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether work on a key may begin. */
  owns(key: string): boolean;
  /** Whether work on a key that was begun may write. */
  mayGoOn(key: string): boolean;
  /** Called when `owns` may answer otherwise. Returns its removal. */
  onChange(listener: () => void): () => void;
  /** As far as is known, this one included. Sorted. */
  members(): readonly string[];
}

export type ShardingClient = Pick<Client, "list" | "create" | "update" | "delete">;

/** More members than this cannot be meant: their Leases are not read as claims. */
const mostMembers = 256;
/** A Lease that nobody has renewed for this many durations is removed by whoever sees it. */
const forgottenAfter = 10;

/** Shares keys between processes, so that no key is ever worked on by two. */
export function createSharding(client: ShardingClient, options: ShardingOptions): Sharding {
  const { namespace, group, identity, clock, drained } = options;
  const timings = options.timings ?? defaultLeaseTimings;
  if (!/^[a-z0-9]([-a-z0-9]{0,100}[a-z0-9])?$/.test(identity)) {
    throw new RangeError("the identity of a member is lower-case letters, digits and dashes, at most 102");
  }
  const key = { namespace, name: `${group}-${identity}` };
  const listeners = new Set<() => void>();
  const trouble = createTrouble(options.onTrouble);
  const silentSince = new Map<string, { readonly version: string; readonly since: number }>();
  const deadlineMs = Math.max(timings.retryPeriodMs, timings.renewDeadlineMs / 3);
  let state = initialSharding(identity);
  let own: KrmObject | undefined;

  const now = () => clock.monotonic();

  async function list(id: number): Promise<ShardingInput> {
    const labelSelector = `${shardGroupLabel}=${group}`;
    const { items } = await client.list(leases, { namespace, labelSelector, deadlineMs });
    own = items.find(({ metadata }) => metadata.name === key.name);
    const members = items.slice(0, mostMembers).flatMap((lease) => memberIn(lease, group, timings));
    collect(items);
    return { kind: "listed", now: now(), id, members };
  }

  async function write(id: number, claim: Claim | undefined): Promise<ShardingInput> {
    const lease = claimObject(claim);
    own = await (own === undefined
      ? client.create(leases, lease, { deadlineMs })
      : client.update(leases, lease, { deadlineMs }));
    trouble.answered();
    return { kind: "written", now: now(), id, stored: true };
  }

  function claimObject(claim: Claim | undefined): KrmObject {
    const lease = leaseObject(
      key,
      own,
      {
        ...(claim !== undefined && { holder: identity }),
        transitions: 0,
        durationMs: timings.leaseDurationMs,
        acquired: own === undefined,
      },
      clock.now(),
    );
    const { metadata } = lease;
    const labels = { ...metadata.labels, [shardGroupLabel]: group };
    const annotations = { ...metadata.annotations, [shardClaimAnnotation]: JSON.stringify(claim ?? []) };
    return { ...lease, metadata: { ...metadata, labels, annotations } };
  }

  /** Removes what members left behind that ended without leaving. */
  function collect(items: readonly KrmObject[]): void {
    for (const { metadata } of items) {
      const [name, uid, version] = [metadata.name, metadata["uid"], metadata["resourceVersion"]];
      if (name === undefined || name === key.name || typeof uid !== "string" || typeof version !== "string") continue;
      const before = silentSince.get(name);
      if (before?.version !== version) silentSince.set(name, { version, since: now() });
      else if (now() - before.since > forgottenAfter * timings.leaseDurationMs) {
        silentSince.delete(name);
        const preconditions = { uid, resourceVersion: version };
        client.delete(leases, { namespace, name }, { preconditions, deadlineMs }).catch(() => undefined);
      }
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let cancelWake = () => {};
    state = { ...initialSharding(identity), wakeAt: now() };
    own = undefined;

    function dispatch(input: ShardingInput): void {
      const step = stepSharding(state, input, timings);
      state = step.state;
      for (const effect of step.effects) perform(effect);
      cancelWake();
      const at = nextShardingWake(state);
      cancelWake =
        at === Infinity ? () => {} : clock.after(Math.max(0, at - now()), () => dispatch({ kind: "wake", now: now() }));
    }

    function perform(effect: ShardingEffect): void {
      switch (effect.kind) {
        case "list":
          return answer(effect.id, list(effect.id));
        case "write":
          return answer(effect.id, write(effect.id, effect.claim));
        case "drain": {
          const { claim } = effect;
          void (drained?.() ?? Promise.resolve()).then(() => dispatch({ kind: "drained", now: now(), claim }));
          return;
        }
        case "changed":
          for (const listener of listeners) listener();
          return;
        case "done":
          signal.removeEventListener("abort", leave);
          resolve();
      }
    }

    function answer(id: number, call: Promise<ShardingInput>): void {
      call.then(dispatch, (error: unknown) => {
        // Somebody removed or changed our Lease: nothing was stored, and a list tells what there is.
        const refused = isKubeError(error, "conflict", "not-found", "already-exists");
        // What is not there when a Lease is made is its namespace.
        if (!refused || (own === undefined && isKubeError(error, "not-found"))) trouble.failed(error);
        dispatch(refused ? { kind: "written", now: now(), id, stored: false } : { kind: "failed", now: now(), id });
      });
    }

    const leave = () => dispatch({ kind: "leave", now: now() });
    signal.addEventListener("abort", leave);
    dispatch({ kind: "wake", now: now() });
    if (signal.aborted) leave();
    return promise;
  }

  return {
    run,
    owns: (wanted) => ownsKey(state, wanted, now()),
    mayGoOn: (wanted) => mayGoOn(state, wanted, now()),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    members: () => membersAt(state, now()),
  };
}

/** Reads a member's Lease; one that is not what it should be has no say. */
function memberIn(lease: KrmObject, group: string, timings: LeaseTimings): ListedMember[] {
  const { name, annotations } = lease.metadata;
  const version = lease.metadata["resourceVersion"];
  if (name === undefined || !name.startsWith(`${group}-`) || typeof version !== "string") return [];
  const { holder, durationMs } = readLease(lease);
  const claim = holder === "" ? undefined : parseClaim(get(annotations, shardClaimAnnotation));
  return [{ name: name.slice(group.length + 1), version, durationMs: durationMs ?? timings.leaseDurationMs, claim }];
}

function parseClaim(text: unknown): Claim | undefined {
  if (typeof text !== "string" || text.length > 65_536) return undefined;
  try {
    const claim: unknown = JSON.parse(text);
    if (!Array.isArray(claim) || claim.length > mostMembers) return undefined;
    return claim.every((one) => typeof one === "string") ? claim : undefined;
  } catch {
    return undefined;
  }
}
