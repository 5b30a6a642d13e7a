import type { Clock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Client, ClusterAccess, ObjectKey } from "@fairlead/kube";
import { errorFields, type Log } from "../../log.ts";
import { meshRunFinding } from "../findings.ts";
import type { RegistryState } from "../registry/watch-registry.ts";
import type { ClusterLimits } from "../../clusters/limits.ts";
import { createMember, type Member } from "../../clusters/member.ts";
import type { WatchedKind } from "../../clusters/session.ts";
import { createWriter, type Writer } from "./writer.ts";

export interface MembersOptions {
  readonly kinds: readonly WatchedKind[];
  readonly limits: ClusterLimits;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly instance: string;
  readonly connect: (access: ClusterAccess) => Client;
  readonly onObject: (
    member: Member,
    kind: WatchedKind,
    key: ObjectKey,
    object: KrmObject | undefined,
    isOwn: boolean,
  ) => void;
  readonly onView: (member: Member) => void;
  readonly onRemoved: (name: string) => void;
  readonly work: (member: Member, key: string, signal: AbortSignal) => Promise<number | undefined>;
  readonly onSettled: (cluster: string, key: string) => void;
}

interface Entry {
  readonly member: Member;
  readonly writer: Writer;
  access: ClusterAccess | undefined;
}

/** The clusters of the mesh, each with what reads and what writes it. */
export interface Members {
  /** Makes the members what the registry says. */
  update(state: RegistryState): void;
  /** A member whose client is somebody else's, with kinds of its own: the home cluster. */
  add(name: string, client: Client, kinds: readonly WatchedKind[]): Member;
  get(name: string): Member | undefined;
  all(): readonly Member[];
  write(cluster: string, key: string): void;
  writers(): readonly Writer[];
  close(): Promise<void>;
}

export function createMembers(options: MembersOptions): Members {
  const { limits, clock, random, instance } = options;
  const entries = new Map<string, Entry>();
  const closing = new Set<Promise<void>>();

  /** Members whose view has changed while the list of them was; whoever is told counts all of them. */
  let changing: Set<Member> | undefined;
  function viewed(member: Member): void {
    if (changing !== undefined) changing.add(member);
    else if (entries.get(member.name)?.member === member) options.onView(member);
  }

  function open(name: string, kinds: readonly WatchedKind[]): Entry {
    const log = options.log.child({ cluster: name });
    // One that was removed may still be reading: what it says then is nobody's any more.
    const isThere = (): boolean => entries.get(name)?.member === member;
    const member: Member = createMember({
      name,
      kinds,
      limits,
      clock,
      random,
      log,
      instance,
      component: "fairlead.dev/mesh",
      problemFinding: ({ isTooBig, message }) => meshRunFinding(isTooBig ? "FL849" : "FL844", { message }),
      onObject: (kind, key, object, isOwn) => void (isThere() && options.onObject(member, kind, key, object, isOwn)),
      onView: () => viewed(member),
    });
    const writer = createWriter({
      cluster: name,
      concurrency: limits.writes,
      clock,
      random,
      work: (key, signal) => options.work(member, key, signal),
      onError: (key, error, retryMs) =>
        log.warn({ key, error: errorFields(error), retryMs: Math.round(retryMs) }, "a write failed"),
      onSettled: (key) => options.onSettled(name, key),
    });
    const entry = { member, writer, access: undefined };
    entries.set(name, entry);
    return entry;
  }

  async function end({ member, writer }: Entry): Promise<void> {
    await writer.close();
    await member.close();
  }

  function remove(name: string, entry: Entry): void {
    entries.delete(name);
    options.log.info({ cluster: name }, "a cluster was removed");
    const ending = end(entry).finally(() => closing.delete(ending));
    closing.add(ending);
    options.onRemoved(name);
  }

  const own = new Set<string>();
  return {
    update({ members }) {
      for (const [name, entry] of entries) if (!members.has(name) && !own.has(name)) remove(name, entry);
      changing = new Set();
      for (const { name, access, paused } of members.values()) {
        if (own.has(name)) continue;
        const isNew = !entries.has(name);
        const entry = entries.get(name) ?? open(name, options.kinds);
        if (isNew) changing.add(entry.member);
        entry.member.pause(paused);
        if (access === undefined || access === entry.access) continue;
        if (entry.access !== undefined) options.log.info({ cluster: name }, "a cluster has another kubeconfig");
        entry.access = access;
        entry.member.connect(options.connect(access));
      }
      const told = changing;
      changing = undefined;
      for (const member of told) viewed(member);
    },
    add(name, client, kinds) {
      own.add(name);
      const { member } = open(name, kinds);
      const borrowed = Object.assign(Object.create(client) as Client, { close: () => Promise.resolve() });
      member.connect(borrowed);
      return member;
    },
    get: (name) => entries.get(name)?.member,
    all: () => [...entries.values()].map(({ member }) => member),
    write: (cluster, key) => entries.get(cluster)?.writer.add(key),
    writers: () => [...entries.values()].map(({ writer }) => writer),
    async close() {
      await Promise.all([[...entries.values()].map(end), [...closing]].flat());
      entries.clear();
    },
  };
}
