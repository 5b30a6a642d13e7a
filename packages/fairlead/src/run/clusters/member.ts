import { textOf, type Clock } from "@fairlead/apimachinery";
import { refOf, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { createEventRecorder, type Change, type Client, type EventRecorder, type ObjectKey } from "@fairlead/kube";
import type { ClusterView } from "../../plan/mesh/model/fleet.ts";
import { errorFields, type Log } from "../log.ts";
import { within } from "../within.ts";
import { createExpectations, isBefore, type Version } from "./expectations.ts";
import type { ClusterLimits } from "./limits.ts";
import { openSession, type Session, type WatchedKind } from "./session.ts";

export interface MemberOptions {
  readonly name: string;
  readonly kinds: readonly WatchedKind[];
  readonly limits: ClusterLimits;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** This process, in events. */
  readonly instance: string;
  /** Who writes events. */
  readonly component: string;
  /** What is said once when the cluster cannot be read for a while. */
  readonly problemFinding: (problem: MemberProblem) => Finding;
  /** What is known of an object now; undefined: it is gone. `isOwn`: by a write of ours. */
  readonly onObject: (kind: WatchedKind, key: ObjectKey, object: KrmObject | undefined, isOwn: boolean) => void;
  /** `view()` may answer otherwise. */
  readonly onView: () => void;
}

export interface MemberProblem {
  /** It holds more than is read of one; otherwise it does not answer. */
  readonly isTooBig: boolean;
  readonly message: string;
}

/** One cluster, over all the connections that it has in its time. What was read stays until something newer is. */
export interface Member {
  readonly name: string;
  /** Reads over another connection, whose client it closes when it is done with it; `undefined`: over none. */
  connect(client: Client): void;
  pause(isPaused: boolean): void;
  isPaused(): boolean;
  view(): ClusterView;
  /** Whether it is known by now what can be known at the start: everything was read, or something went wrong. */
  isSettled(): boolean;
  problem(): string | undefined;
  staleMs(): number;
  client(): Client | undefined;
  events(): EventRecorder | undefined;
  find(kind: Pick<ObjectRef, "apiVersion" | "kind">, key: ObjectKey): KrmObject | undefined;
  /** We wrote an object, and the server answered with this. */
  wrote(object: KrmObject): void;
  /** We deleted it. */
  removed(object: ObjectRef, uid: string): void;
  close(): Promise<void>;
}

/** A view that is behind for less is not worth a word: watches end and begin again. */
const staleAfterMs = 5_000;
/** A problem that is over by then is none. */
const problemMs = 2_000;
const tooBigRetryMs = 300_000;
const flushMs = 2_000;

export function createMember(options: MemberOptions): Member {
  const { name, kinds, limits, clock, random, log, instance, component, onObject, onView } = options;
  const expectations = createExpectations();
  const closing = new Set<Promise<void>>();
  let current: Session | undefined;
  let next: Session | undefined;
  let events: EventRecorder | undefined;
  let isPaused = false;
  let isRead = false;
  let isClosed = false;
  let problemSince: number | undefined;
  let isSaid = false;
  /**
   * Since when, by the monotonic clock, the view may be behind: the time of day may be set on or back. Asked often, and
   * told when it changes.
   */
  let since: number | undefined;
  let cancelTimer = (): void => {};
  let cancelProblem = (): void => {};

  function open(client: Client): Session {
    const session: Session = openSession({
      name,
      client,
      kinds,
      limits,
      clock,
      random,
      log,
      onChange: (kind, change) => void (session === current && isRead && take(kind, change)),
      onListed: (kind, version) => void (session === current && isRead && listed(kind, version)),
      onStatus: () => status(session),
    });
    return session;
  }

  function connect(client: Client): void {
    if (isClosed) return void client.close();
    const session = open(client);
    if (current === undefined) current = session;
    else {
      if (next !== undefined) end(next);
      next = session;
    }
    events ??= createEventRecorder(client, { component, instance, clock });
    status(session);
  }

  function status(session: Session): void {
    if (isClosed) return;
    if (session === next && session.isReady()) replace(session);
    else if (session === current && !isRead && session.isReady()) {
      isRead = true;
      for (const [kind, object] of session.objects()) onObject(kind, keyOf(object), object, false);
      log.info({}, "a cluster was read");
    }
    if (session.isTooBig() && session === (next ?? current)) {
      clock.after(tooBigRetryMs, () => session === (next ?? current) && connect(session.client));
    }
    const staleSince = current?.staleSince();
    since = staleSince === undefined ? undefined : clock.monotonic() - (clock.now() - staleSince);
    sayProblem();
    onView();
    // Being behind for long tells nobody by itself.
    cancelTimer();
    if (since !== undefined) cancelTimer = clock.after(Math.max(1, since + staleAfterMs - clock.monotonic()), onView);
  }

  /**
   * The new connection has read everything: what it does not know is gone. Where the old one is ahead of it by a moment,
   * it will tell the rest, and time does not go back until then.
   */
  function replace(session: Session): void {
    const old = current!;
    next = undefined;
    current = session;
    const client = session.client;
    if (client !== old.client) events = createEventRecorder(client, { component, instance, clock });
    const seen = new Set<string>();
    for (const [kind, object] of session.objects()) {
      seen.add(idOf(object));
      const known = isRead ? old.find(kind, keyOf(object)) : undefined;
      if (known === undefined || !isAhead(known, object.metadata["resourceVersion"])) {
        take(kind, { kind: "added", object });
      }
    }
    if (isRead) {
      for (const [kind, object] of old.objects()) {
        if (!seen.has(idOf(object)) && !isAhead(object, session.versionOf(kind)))
          take(kind, { kind: "deleted", previous: object });
      }
    }
    isRead = true;
    log.info({}, "a cluster was read over a new connection");
    end(old);
  }

  function take(kind: WatchedKind, change: Change): void {
    const object = change.kind === "deleted" ? change.previous : change.object;
    const id = idOf(object);
    if (change.kind === "deleted") {
      if (expectations.acceptsDeletion(id, versionOf(object))) onObject(kind, keyOf(object), undefined, false);
    } else if (expectations.accepts(id, versionOf(object))) onObject(kind, keyOf(object), object, false);
  }

  function listed(kind: WatchedKind, resourceVersion: string): void {
    for (const id of expectations.listed(`${groupOf(kind.apiVersion)} ${kind.kind} `, resourceVersion)) {
      const [, , namespace = "", objectName = ""] = id.split(" ");
      const key = { ...(namespace !== "" && { namespace }), name: objectName };
      const object = current?.find(kind, key);
      if (object === undefined) onObject(kind, key, undefined, false);
      else if (expectations.accepts(id, versionOf(object))) onObject(kind, key, object, false);
    }
  }

  /** Says once that the cluster cannot be read, when that lasts: servers that start, and watches that end, recover. */
  function sayProblem(): void {
    const session = next ?? current;
    const problem = session?.problem();
    if (problem === undefined) {
      problemSince = undefined;
      if (isSaid) log.info({}, "a cluster answers again");
      isSaid = false;
      return;
    }
    if (problemSince === undefined) {
      problemSince = clock.monotonic();
      cancelProblem();
      cancelProblem = clock.after(problemMs, () => {
        sayProblem();
        onView();
      });
    }
    const isTooBig = session?.isTooBig() === true;
    if (isSaid || !(isTooBig || hasLasted())) return;
    isSaid = true;
    const finding = options.problemFinding({ isTooBig, message: `cluster ${name}: ${problem}` });
    log.warn({ finding }, "a cluster cannot be read");
  }

  const hasLasted = (): boolean => problemSince !== undefined && clock.monotonic() - problemSince >= problemMs;

  function end(session: Session): void {
    const ending = session
      .close()
      // Another session may go on with the same client.
      .then(() =>
        session.client === current?.client || session.client === next?.client ? undefined : session.client.close(),
      )
      .catch((error: unknown) => log.warn({ error: errorFields(error) }, "a connection could not be closed"))
      .finally(() => closing.delete(ending));
    closing.add(ending);
  }

  function kindOf({ apiVersion, kind }: Pick<ObjectRef, "apiVersion" | "kind">): WatchedKind | undefined {
    return kinds.find((one) => one.kind === kind && groupOf(one.apiVersion) === groupOf(apiVersion));
  }

  function view(): ClusterView {
    if (!isRead) return "unread";
    if (isPaused) return "paused";
    const isStale = current!.isTooBig() || (since !== undefined && clock.monotonic() - since >= staleAfterMs);
    return isStale ? "stale" : "current";
  }

  return {
    name,
    connect,
    pause(paused) {
      if (paused === isPaused) return;
      isPaused = paused;
      log.info({ paused }, "a cluster was paused or goes on");
      onView();
    },
    isPaused: () => isPaused,
    view,
    isSettled: () => isRead || isPaused || current === undefined || hasLasted(),
    problem: () => (next ?? current)?.problem() ?? (current === undefined ? "it has no usable kubeconfig" : undefined),
    staleMs: () => (since === undefined ? 0 : Math.max(0, clock.monotonic() - since)),
    client: () => current?.client,
    events: () => events,
    find: (kind, key) => current?.find(kind, key),
    wrote(object) {
      const kind = kindOf(object);
      if (kind === undefined) return;
      expectations.wrote(idOf(object), versionOf(object));
      onObject(kind, keyOf(object), object, true);
    },
    removed(object, uid) {
      const kind = kindOf(object);
      if (kind === undefined) return;
      expectations.removed(idOfRef(object), uid);
      onObject(kind, keyOfRef(object), undefined, true);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      cancelTimer();
      cancelProblem();
      if (events !== undefined) await within(clock, flushMs, events.flush());
      const [one, other] = [current, next];
      current = undefined;
      next = undefined;
      if (one !== undefined) end(one);
      if (other !== undefined) end(other);
      await Promise.all(closing);
    },
  };
}

/** Whether an object is newer than a version. */
function isAhead(object: KrmObject, version: unknown): boolean {
  return isBefore(textOf(version), versionOf(object).resourceVersion);
}

function versionOf({ metadata }: KrmObject): Version {
  return { uid: textOf(metadata["uid"]), resourceVersion: textOf(metadata["resourceVersion"]) };
}

function keyOf({ metadata }: KrmObject): ObjectKey {
  return { ...(metadata.namespace !== undefined && { namespace: metadata.namespace }), name: metadata.name ?? "" };
}

function keyOfRef({ namespace, name }: ObjectRef): ObjectKey {
  return { ...(namespace !== undefined && { namespace }), name };
}

const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? apiVersion.split("/")[0]! : "");

/** Without the version: an object is the same in all versions of its group. */
function idOfRef({ apiVersion, kind, namespace = "", name }: ObjectRef): string {
  return `${groupOf(apiVersion)} ${kind} ${namespace} ${name}`;
}

const idOf = (object: KrmObject): string => idOfRef(refOf(object));
