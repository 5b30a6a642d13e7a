import type { Clock } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { dropManagedFields, type ClusterAccess, type Informers, type Resource } from "@fairlead/kube";
import { errorFields, type Log } from "../../log.ts";
import { accessOfClaim } from "./access-of-claim.ts";
import { claimsOf, type Claim } from "./claims.ts";
import type { RegistrySettings } from "../../../plan/mesh/config/registry-settings.ts";

/** A cluster that is registered. */
export interface Registered {
  readonly name: string;
  /** Another object whenever it must be connected anew; undefined: its kubeconfig cannot be used. */
  readonly access: ClusterAccess | undefined;
  readonly paused: boolean;
}

export interface RegistryState {
  readonly members: ReadonlyMap<string, Registered>;
  /** Sorted by whom they are about. */
  readonly findings: readonly Finding[];
}

export interface WatchRegistryOptions {
  /** Of the home cluster. */
  readonly informers: Informers;
  readonly settings: RegistrySettings;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with the first complete state, and whenever it changes. */
  readonly onChange: (state: RegistryState) => void;
}

export interface RegistryWatch {
  /** Whether all Secrets were read once and their kubeconfigs are looked through. */
  synced(): boolean;
  /** Why the Secrets cannot be read now. */
  problem(): string | undefined;
  stop(): void;
}

const secrets: Resource = { group: "", version: "v1", kind: "Secret", plural: "secrets", namespaced: true };

interface Resolved {
  readonly digest: string;
  readonly access: ClusterAccess | undefined;
  readonly findings: readonly Finding[];
}

/** Follows the Secrets that register clusters. An entry that becomes unusable keeps the access that it had. */
export function watchRegistry(options: WatchRegistryOptions): RegistryWatch {
  const { informers, settings, clock, log, onChange } = options;
  const { namespace, labelSelector } = settings;
  const informer = informers.informer({ resource: secrets, namespace, labelSelector }, { strip: dropManagedFields });
  let resolved = new Map<string, Resolved>();
  let told: string | undefined;
  let isRunning = false;
  let isDue = false;
  let isStopped = false;
  let isSynced = false;

  function due(): void {
    isDue = true;
    if (isRunning || isStopped || !informer.status().synced) return;
    isRunning = true;
    refresh()
      .catch((error: unknown) => log.error({ error: errorFields(error) }, "the registry cannot be read"))
      .finally(() => {
        isRunning = false;
        if (isDue) due();
      });
  }

  async function refresh(): Promise<void> {
    isDue = false;
    const { claims, findings } = claimsOf(informer.store.values(), settings);
    const next = new Map<string, Resolved>();
    await Promise.all([...claims.values()].map(async (claim) => void next.set(claim.name, await resolve(claim))));
    if (isStopped) return;
    resolved = next;
    isSynced = true;
    tell(claims, [...findings, ...[...claims.keys()].flatMap((name) => next.get(name)!.findings)]);
  }

  async function resolve(claim: Claim): Promise<Resolved> {
    const before = resolved.get(claim.name);
    if (before?.digest === claim.digest) return before;
    const { access, findings } = await accessOfClaim(claim, { allowExec: settings.allowExec, clock });
    return { digest: claim.digest, access: access ?? before?.access, findings };
  }

  function tell(claims: ReadonlyMap<string, Claim>, findings: readonly Finding[]): void {
    const state = JSON.stringify([[...claims.values()], findings]);
    if (state === told) return;
    told = state;
    const members = new Map<string, Registered>();
    for (const { name, paused } of claims.values()) {
      members.set(name, { name, paused, access: resolved.get(name)?.access });
    }
    onChange({ members, findings });
  }

  const stopListening = informer.listen(due);
  const stopStatus = informer.onStatus(({ synced, error }) => {
    if (error !== undefined) log.warn({ error: errorFields(error) }, "the Secrets of clusters cannot be read");
    if (synced && !isSynced) due();
  });
  due();
  return {
    synced: () => isSynced,
    problem: () =>
      informer.status().error?.message ?? (isSynced ? undefined : "the Secrets of clusters are not read yet"),
    stop() {
      isStopped = true;
      stopListening();
      stopStatus();
      informers.release(informer);
    },
  };
}
