import type { Clock } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import { dropManagedFields, isKubeError, KubeError, type Client, type Informers, type Resource } from "@fairlead/kube";
import { allocateAddresses, readStores, releaseAddresses } from "../../../plan/mesh/addresses/allocate.ts";
import {
  configMapOf,
  isStore,
  storeNames,
  storeOf,
  type AddressStore,
  type Allocation,
} from "../../../plan/mesh/addresses/store.ts";
import type { AddressSettings } from "../../../plan/mesh/model/settings.ts";
import { errorFields, type Log } from "../../log.ts";
import { meshRunFinding } from "../findings.ts";
import type { Verb } from "../write/take-step.ts";

export interface AddressBookOptions {
  /** Of the home cluster. */
  readonly client: Client;
  readonly informers: Informers;
  readonly namespace: string;
  readonly settings: AddressSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly mayWrite: () => boolean;
  /** Makes sure that the namespace is there. */
  readonly ensureNamespace: () => Promise<void>;
  /** Addresses that hosts have in written objects; of all hosts that are written if none are named. */
  readonly written: (hosts: readonly string[] | undefined) => ReadonlyMap<string, readonly string[]>;
  /** What a store holds now. */
  readonly onHosts: (store: string, hosts: ReadonlyMap<string, readonly string[]>) => void;
  /** What was asked for is stored, or given back. */
  readonly onSettled?: () => void;
  readonly onFindings: (about: string, findings: readonly Finding[]) => void;
  readonly count: (verb: Verb, outcome: "ok" | "conflict" | "refused" | "failed") => void;
}

/** The virtual addresses, in ConfigMaps of the home cluster: an address is used when it stands there, not before. */
export interface AddressBook {
  /** Whether what is stored was read once. */
  synced(): boolean;
  problem(): string | undefined;
  /** Has addresses stored for hosts; those that ask meanwhile go together. */
  allocate(hosts: readonly string[]): void;
  /** Gives back the addresses of hosts that are in the stores and not in use: others get them after the quarantine. */
  release(isInUse: (host: string) => boolean): Promise<void>;
  isIdle(): boolean;
  stop(): void;
}

const configMaps: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const fieldManager = "fairlead/mesh";
const deadlineMs = 10_000;
const firstRetryMs = 500;
const lastRetryMs = 30_000;
const mostRounds = 8;

export function openAddressBook(options: AddressBookOptions): AddressBook {
  const { client, informers, namespace, settings, clock, log, onHosts, onFindings, count } = options;
  const isUsed = settings.kind === "pool" || settings.kind === "keep";
  const informer = isUsed
    ? informers.informer({ resource: configMaps, namespace }, { strip: dropManagedFields })
    : undefined;
  const stores = new Map<string, KrmObject>();
  const wanted = new Set<string>();
  let isRunning = false;
  let isStopped = false;
  let retryMs = firstRetryMs;
  let cancelRetry: (() => void) | undefined;

  /** Whatever comes first: a watch may tell late what our own write has answered. */
  function take(object: KrmObject): void {
    const name = object.metadata.name ?? "";
    if (!isStore(name, settings)) return;
    const before = stores.get(name);
    if (before !== undefined && versionOf(before) > versionOf(object)) return;
    stores.set(name, object);
    tell(name, storeOf(object));
  }

  function tell(name: string, data: AddressStore): void {
    const { addresses, findings } = readStores([data], settings);
    onHosts(name, addresses);
    onFindings(`addresses ${name}`, findings);
  }

  const stopListening = informer?.listen((change) => {
    if (change.kind !== "deleted") return take(change.object);
    const name = change.previous.metadata.name ?? "";
    const known = stores.get(name);
    if (known === undefined || known.metadata["uid"] !== change.previous.metadata["uid"]) return;
    stores.delete(name);
    log.warn({ store: name }, "a store of virtual addresses was deleted");
    // The hosts are asked for again, with the addresses that their objects have.
    tell(name, { name, data: {} });
  });

  function run(): void {
    if (isRunning || isStopped || wanted.size === 0 || !options.mayWrite()) return;
    isRunning = true;
    cancelRetry?.();
    const hosts = [...wanted];
    wanted.clear();
    const stored = (): void => {
      isRunning = false;
      retryMs = firstRetryMs;
      run();
      options.onSettled?.();
    };
    const failed = (error: unknown): void => {
      isRunning = false;
      for (const host of hosts) wanted.add(host);
      const message = isKubeError(error) ? error.message : "they cannot be stored";
      onFindings("addresses", [meshRunFinding("FL848", { message: `virtual addresses: ${message}` })]);
      log.warn({ error: errorFields(error), retryMs }, "virtual addresses could not be stored");
      cancelRetry = clock.after(retryMs, run);
      retryMs = Math.min(lastRetryMs, retryMs * 2);
    };
    void allocate(hosts).then(stored, failed);
  }

  async function allocate(hosts: readonly string[]): Promise<void> {
    // A store that is missing may have been lost: hosts that are written keep what they have, whether anybody asks or not.
    const isWhole = storeNames(settings).every((name) => stores.has(name));
    const written = options.written(isWhole ? hosts : undefined);
    const asked = isWhole ? hosts : [...new Set([...hosts.map((host) => host.toLowerCase()), ...written.keys()])];
    const findings = await storeAll((now) => allocateAddresses(now, asked, settings, clock.now(), written));
    onFindings("addresses", findings);
  }

  /** Stores what a calculation changes. What was overtaken by others is calculated again from what is there then. */
  async function storeAll(calculate: (stores: readonly AddressStore[]) => Allocation): Promise<readonly Finding[]> {
    for (let round = 0; round < mostRounds; round++) {
      const { changed, findings } = calculate([...stores.values()].map(storeOf));
      if (changed.length === 0) return findings;
      if (stores.size === 0) await options.ensureNamespace();
      const written = await Promise.all(changed.map(write));
      if (written.every(Boolean)) return findings;
    }
    throw new KubeError("conflict", "others change the stores of virtual addresses all the time");
  }

  async function write(store: AddressStore): Promise<boolean> {
    const previous = stores.get(store.name);
    const object = configMapOf(store, namespace, previous);
    const verb = previous === undefined ? "create" : "update";
    const call = { fieldManager, deadlineMs };
    try {
      const answer = await (previous === undefined
        ? client.create(configMaps, object, call)
        : client.update(configMaps, object, call));
      count(verb, "ok");
      take(answer);
      return true;
    } catch (error) {
      if (!isKubeError(error, "conflict", "already-exists", "not-found")) {
        count(verb, "failed");
        throw error;
      }
      count(verb, "conflict");
      const found = await client.find(configMaps, { namespace, name: store.name }, { deadlineMs });
      if (found !== undefined) take(found);
      else stores.delete(store.name);
      return false;
    }
  }

  return {
    synced: () => informer === undefined || informer.status().synced,
    problem: () => informer?.status().error?.message,
    allocate(hosts) {
      for (const host of hosts) wanted.add(host);
      run();
    },
    async release(isInUse) {
      if (isRunning || !options.mayWrite()) return;
      const known = readStores([...stores.values()].map(storeOf), settings).addresses;
      const hosts = [...known.keys()].filter((host) => !isInUse(host));
      if (hosts.length === 0) return;
      isRunning = true;
      try {
        await storeAll((now) => releaseAddresses(now, hosts, settings, clock.now()));
        log.info({ hosts: hosts.length }, "virtual addresses were given back");
      } catch (error) {
        log.warn({ error: errorFields(error) }, "virtual addresses could not be given back");
      } finally {
        isRunning = false;
        run();
        options.onSettled?.();
      }
    },
    isIdle: () => !isRunning && wanted.size === 0,
    stop() {
      isStopped = true;
      cancelRetry?.();
      stopListening?.();
      if (informer !== undefined) informers.release(informer);
    },
  };
}

function versionOf({ metadata }: KrmObject): number {
  const version = Number(metadata["resourceVersion"]);
  return Number.isFinite(version) ? version : 0;
}
