import type { Clock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Client, ClusterAccess, ObjectKey } from "@fairlead/kube";
import type { ClusterView } from "../../plan/sidecars/model/view.ts";
import type { ClusterLimits } from "../clusters/limits.ts";
import { createMember, type Member } from "../clusters/member.ts";
import { openSession, type Session, type WatchedKind } from "../clusters/session.ts";
import { errorFields, type Log } from "../log.ts";
import type { RegistryState } from "../mesh/registry/watch-registry.ts";
import { sidecarRunFinding } from "./findings.ts";

export interface FleetOptions {
  readonly kinds: readonly WatchedKind[];
  /** ConfigMaps of a further namespace, in which injectors of a cluster are configured. */
  readonly configKind: (namespace: string) => WatchedKind;
  readonly limits: ClusterLimits;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly instance: string;
  readonly connect: (access: ClusterAccess) => Client;
  readonly onObject: (cluster: string, kind: WatchedKind, key: ObjectKey, object: KrmObject | undefined) => void;
  /** `state` may answer otherwise. */
  readonly onView: (cluster: string) => void;
  readonly onRemoved: (cluster: string) => void;
}

interface Entry {
  readonly member: Member;
  access: ClusterAccess | undefined;
  /** By namespace. */
  readonly configs: Map<string, Session>;
}

/** The clusters whose sidecars are kept current. */
export interface Fleet {
  /** Makes the clusters what the registry says; those that were added by hand stay. */
  update(state: RegistryState): void;
  /** A cluster whose client is somebody else's. */
  add(name: string, client: Client): void;
  /** Also reads the ConfigMaps of these namespaces. */
  configNamespaces(cluster: string, namespaces: readonly string[]): void;
  get(name: string): Member | undefined;
  all(): readonly Member[];
  /** Of what is read of a cluster; `unread` also while further ConfigMaps are. */
  state(cluster: string): ClusterView["state"];
  /** Whether all of it is being watched at this moment: that it is `current` allows for watches that begin again. */
  isWatched(cluster: string): boolean;
  close(): Promise<void>;
}

export function createFleet(options: FleetOptions): Fleet {
  const { clock, random, limits, instance } = options;
  const entries = new Map<string, Entry>();
  const own = new Set<string>();
  const closing = new Set<Promise<unknown>>();

  function open(name: string): Entry {
    const log = options.log.child({ cluster: name });
    const isThere = (): boolean => entries.get(name)?.member === member;
    const member: Member = createMember({
      name,
      kinds: options.kinds,
      limits,
      clock,
      random,
      log,
      instance,
      component: "fairlead.dev/sidecars",
      problemFinding: ({ isTooBig, message }) => sidecarRunFinding(isTooBig ? "FL881" : "FL880", { message }),
      onObject: (kind, key, object) => void (isThere() && options.onObject(name, kind, key, object)),
      onView: () => void (isThere() && options.onView(name)),
    });
    const entry: Entry = { member, access: undefined, configs: new Map() };
    entries.set(name, entry);
    return entry;
  }

  function openConfigs(name: string, entry: Entry, namespace: string, client: Client): void {
    const kind = options.configKind(namespace);
    const session: Session = openSession({
      name,
      client,
      kinds: [kind],
      limits,
      clock,
      random,
      log: options.log.child({ cluster: name }),
      onChange(_kind, change) {
        if (entry.configs.get(namespace) !== session) return;
        const object = change.kind === "deleted" ? change.previous : change.object;
        const key = { namespace, name: object.metadata.name ?? "" };
        options.onObject(name, kind, key, change.kind === "deleted" ? undefined : change.object);
      },
      onListed: () => {},
      onStatus: () => void (entry.configs.get(namespace) === session && options.onView(name)),
    });
    entry.configs.set(namespace, session);
  }

  function reopenConfigs(name: string, entry: Entry): void {
    const client = entry.member.client();
    for (const [namespace, session] of Array.from(entry.configs)) {
      if (client === undefined || session.client === client) continue;
      end(session.close());
      openConfigs(name, entry, namespace, client);
    }
  }

  function end(ending: Promise<unknown>): void {
    const one = ending
      .catch((error: unknown) => options.log.warn({ error: errorFields(error) }, "a connection could not be closed"))
      .finally(() => closing.delete(one));
    closing.add(one);
  }

  function close(entry: Entry): void {
    for (const session of entry.configs.values()) end(session.close());
    entry.configs.clear();
    end(entry.member.close());
  }

  function state(name: string): ClusterView["state"] {
    const entry = entries.get(name);
    if (entry === undefined) return "unread";
    reopenConfigs(name, entry);
    const view = entry.member.view();
    if (view !== "current") return view;
    const sessions = [...entry.configs.values()];
    if (!sessions.every((session) => session.isReady())) return "unread";
    return sessions.some((session) => session.staleSince() !== undefined) ? "stale" : "current";
  }

  return {
    update({ members }) {
      for (const [name, entry] of entries) {
        if (members.has(name) || own.has(name)) continue;
        entries.delete(name);
        options.log.info({ cluster: name }, "a cluster was removed");
        close(entry);
        options.onRemoved(name);
      }
      for (const { name, access, paused } of members.values()) {
        if (own.has(name)) continue;
        const isNew = !entries.has(name);
        const entry = entries.get(name) ?? open(name);
        entry.member.pause(paused);
        if (access !== undefined && access !== entry.access) {
          entry.access = access;
          entry.member.connect(options.connect(access));
        } else if (isNew) options.onView(name);
      }
    },
    add(name, client) {
      own.add(name);
      const { member } = open(name);
      member.connect(Object.assign(Object.create(client) as Client, { close: () => Promise.resolve() }));
    },
    configNamespaces(name, namespaces) {
      const entry = entries.get(name);
      const client = entry?.member.client();
      if (entry === undefined || client === undefined) return;
      for (const namespace of namespaces) {
        if (!entry.configs.has(namespace)) openConfigs(name, entry, namespace, client);
      }
    },
    get: (name) => entries.get(name)?.member,
    all: () => [...entries.values()].map(({ member }) => member),
    state,
    isWatched: (name) => state(name) === "current" && entries.get(name)?.member.staleMs() === 0,
    async close() {
      for (const entry of entries.values()) close(entry);
      entries.clear();
      await Promise.all(closing);
    },
  };
}
