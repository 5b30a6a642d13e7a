import type { Clock } from "@fairlead/apimachinery";
import { formatRef, refKey, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { bounded } from "../apply/bounded.ts";
import { applyFinding } from "../apply/findings.ts";
import { hasStatus } from "../apply/plan/desired.ts";
import type { Client } from "../client/client.ts";
import { holdProcess, systemClock } from "../clock.ts";
import { KubeError } from "../errors.ts";
import { refTo, type ObjectKey, type Resource } from "../resource.ts";
import { judgeDeleted, judgeReady, type Judge } from "./verdict.ts";
import { watchObjects } from "./watch-objects.ts";
import { workloadReason } from "./pod-reason.ts";

export type WaitCondition = "ready" | "deleted";

/** An object to wait for, with its resource where the caller knows it. */
export interface WaitTarget extends ObjectRef {
  readonly resource?: Resource;
}

export interface WaitOptions {
  readonly condition: WaitCondition;
  /** Of the whole wait, in milliseconds. Without it the wait ends with the signal. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Called whenever the state of an object has changed. */
  readonly onChange?: (state: WaitState) => void;
  readonly clock?: Clock;
}

/** How far one object has come. */
export interface WaitState {
  readonly object: ObjectRef;
  /** `failed`: its controller says that it will not become ready as it is. */
  readonly kind: "done" | "waiting" | "failed";
  /** For people: `1 of 3 replicas are available`. */
  readonly reason: string;
  readonly observed?: KrmObject;
}

export interface WaitResult {
  /** Whether all are done. */
  readonly ok: boolean;
  readonly ended: "done" | "failed" | "deadline" | "aborted";
  /** In the order in which they were asked for. For workloads that are not done the reason names what their Pods say. */
  readonly objects: readonly WaitState[];
  /** FL716 and FL717 for what is not done. */
  readonly findings: readonly Finding[];
}

/**
 * Waits until all objects are ready by kstatus, or gone. Ends early when every object is done or has failed. Objects of
 * one kind and namespace are followed by one watch. Throws a KubeError for what waiting does not mend, such as
 * `forbidden` or `unknown-kind`.
 */
export async function waitFor(
  client: Client,
  targets: readonly WaitTarget[],
  options: WaitOptions,
): Promise<WaitResult> {
  const judge = options.condition === "ready" ? judgeReady : judgeDeleted;
  return waitUntil(client, targets, judge, options);
}

/** As `waitFor`, for any condition that an object alone tells. */
export async function waitUntil(
  client: Client,
  targets: readonly WaitTarget[],
  judge: Judge,
  options: Omit<WaitOptions, "condition">,
): Promise<WaitResult> {
  const { clock = systemClock, deadlineMs, signal, onChange } = options;
  const states = new Map<string, WaitState>();
  const scopes = await scopesOf(client, targets);
  for (const { ref } of scopes.flatMap((scope) => scope.members)) {
    states.set(refKey(ref), { object: ref, kind: "waiting", reason: "not seen yet" });
  }
  const stop = new AbortController();
  let ended: WaitResult["ended"] | undefined;
  const end = (how: WaitResult["ended"]): void => {
    ended ??= how;
    stop.abort();
  };
  const onAbort = (): void => end("aborted");
  const cancel = deadlineMs === undefined ? undefined : clock.after(deadlineMs, () => end("deadline"));
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });

  const settle = (): void => {
    const kinds = new Set([...states.values()].map(({ kind }) => kind));
    if (!kinds.has("waiting")) end(kinds.has("failed") ? "failed" : "done");
  };
  const first = new Map<string, string>();
  const update = (ref: ObjectRef, object: KrmObject | undefined): void => {
    if (ended !== undefined) return;
    const key = refKey(ref);
    const uid = object?.metadata["uid"];
    const firstUid = first.get(key);
    if (firstUid === undefined && typeof uid === "string") first.set(key, uid);
    const verdict = judge(object, firstUid !== undefined && uid !== firstUid);
    const before = states.get(key)!;
    const after = { object: ref, ...verdict, ...(object === undefined ? {} : { observed: object }) };
    states.set(key, after);
    if (before.kind !== after.kind || before.reason !== after.reason) onChange?.(after);
    settle();
  };
  settle();
  const release = holdProcess();
  try {
    await Promise.all(
      scopes.map(async ({ resource, namespace, members }) => {
        const byName = new Map(members.map(({ ref, key }) => [key.name, ref]));
        const scope = {
          resource,
          ...(namespace === undefined ? {} : { namespace }),
          names: new Set(byName.keys()),
        };
        const onObject = (name: string, object: KrmObject | undefined): void => update(byName.get(name)!, object);
        // What has no status stays as ready as it is: one list tells all, and servers limit how many watches there are.
        const isSettled = (): boolean =>
          !hasStatus(resource) && members.every(({ ref }) => states.get(refKey(ref))?.kind === "done");
        await watchObjects(client, scope, onObject, { signal: stop.signal, clock, isSettled });
      }),
    );
  } finally {
    release();
    stop.abort();
    cancel?.();
    signal?.removeEventListener("abort", onAbort);
  }
  return conclude(client, targets, states, ended ?? "aborted", signal);
}

interface Member {
  readonly ref: ObjectRef;
  readonly key: ObjectKey;
}

interface Scope {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly members: Member[];
}

async function scopesOf(client: Client, targets: readonly WaitTarget[]): Promise<Scope[]> {
  const scopes = new Map<string, Scope>();
  const seen = new Set<string>();
  for (const target of targets) {
    const resource = target.resource ?? (await client.discovery.resource(target));
    const { name } = target;
    const namespace = resource.namespaced ? (target.namespace ?? client.access.namespace) : undefined;
    if (name === "") throw new KubeError("config", `a ${resource.kind} without a name cannot be waited for`);
    const key = namespace === undefined ? { name } : { name, namespace };
    const ref = refTo(resource, key);
    if (seen.has(refKey(ref))) continue;
    seen.add(refKey(ref));
    const id = `${resource.group}|${resource.plural}|${namespace ?? ""}`;
    const scope = scopes.get(id) ?? { resource, ...(namespace === undefined ? {} : { namespace }), members: [] };
    scope.members.push({ ref, key });
    scopes.set(id, scope);
  }
  return [...scopes.values()];
}

/** How many workloads are looked into at once. */
const mostExplained = 8;

async function conclude(
  client: Client,
  targets: readonly WaitTarget[],
  states: ReadonlyMap<string, WaitState>,
  ended: WaitResult["ended"],
  signal: AbortSignal | undefined,
): Promise<WaitResult> {
  const order = new Map(
    targets.map(({ apiVersion, kind, namespace, name }, index) => {
      const ref = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
      return [refKey(ref), index];
    }),
  );
  const place = (state: WaitState): number => order.get(refKey(state.object)) ?? targets.length;
  const sorted = [...states.values()].sort((a, b) => place(a) - place(b));
  const objects = await bounded(sorted, mostExplained, async (state) => {
    if (state.kind === "done" || state.observed === undefined || ended === "aborted") return state;
    const why = await workloadReason(client, state.observed, signal === undefined ? {} : { signal });
    return why === undefined ? state : { ...state, reason: `${state.reason}; ${why}` };
  });
  const findings = objects.flatMap((state) => {
    if (state.kind === "done") return [];
    const failed = state.kind === "failed";
    const message = `${formatRef(state.object)} ${failed ? "has failed" : "is not done yet"}: ${state.reason}`;
    return [applyFinding(failed ? "FL717" : "FL716", { message, object: state.object })];
  });
  return { ok: findings.length === 0, ended, objects, findings };
}
