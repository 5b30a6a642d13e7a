import { textOf, type Clock, type JsonObject } from "@fairlead/apimachinery";
import { applyObject } from "../cluster/apply-object.ts";
import type { Cluster } from "../cluster/create-cluster.ts";
import { storeKey } from "../resources/kind.ts";
import type { Issued } from "../serve/certificates/issue-certificate.ts";
import { istioObjects, suffix, tagWebhooks, type IstioOptions } from "./objects/istio-objects.ts";
import { keptAuthority } from "./kept-authority.ts";
import { distributeRoot } from "./root-certificates.ts";
import type { ConfigMapSource } from "./server/config-source.ts";
import { startInjector, type Injector } from "./server/start-injector.ts";

/** A cluster's control planes, with the injector that stands for all of them. */
export interface InstalledIstio {
  readonly injector: Injector;
  /** Installs one more revision beside the others. */
  addRevision(options: IstioOptions): Promise<void>;
  /** Changes ConfigMaps, webhooks and Deployment of an installed revision, as an upgrade in place does. */
  upgrade(version: string, change?: Partial<IstioOptions>): Promise<void>;
  /** Leads a tag to a revision, from where it led before. */
  setTag(tag: string, revision: string): Promise<void>;
  removeTag(tag: string): Promise<void>;
  /** Deletes a revision's objects; tags that lead to it lead nowhere. */
  removeRevision(revision: string): Promise<void>;
  /** Stops the injector; the objects stay, as those of a cluster whose control plane is down. */
  stop(): Promise<void>;
}

export interface InstallOptions extends IstioOptions {
  /** Milliseconds until a changed ConfigMap is served; 0 unless told. */
  readonly delayMs?: number;
  /** Keeps the ConfigMap `istio-ca-root-cert` in every namespace: process pods need it. False unless told. */
  readonly rootCertificates?: boolean;
  /** Drives the delay; the machine's unless told. */
  readonly clock?: Clock;
  /** Signs the injector's certificates; a new one unless told. */
  readonly certificates?: Issued;
  /** Signs with the authority of the Secret `istio-ca-secret`, and puts it there the first time. False unless told. */
  readonly keepAuthority?: boolean;
}

/** The ConfigMaps of an embedded cluster, in process. */
export function configMapsOf({ core }: Cluster): ConfigMapSource {
  return {
    watch: (namespace, name, tell) => {
      const { store } = core;
      const key = storeKey(namespace, name);
      const end = store.watch("configmaps", store.revision, ({ kind, stored }) => {
        if (stored.key === key) tell(kind === "deleted" ? undefined : stored.object);
      });
      tell(store.get("configmaps", key)?.object);
      return end ?? (() => {});
    },
  };
}

/**
 * Installs a control plane into an embedded cluster: the objects of Istio's chart, and an injector that answers for its
 * Service as soon as the Deployment has a pod that is ready. Resolves when the injector serves the configuration.
 */
export async function installIstio(cluster: Cluster, options: InstallOptions): Promise<InstalledIstio> {
  const { delayMs, clock, certificates, rootCertificates = false, keepAuthority = false, ...first } = options;
  const authority =
    certificates ?? (keepAuthority ? await keptAuthority(cluster, first.namespace ?? "istio-system") : undefined);
  const injector = await startInjector({
    source: configMapsOf(cluster),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(clock === undefined ? {} : { clock }),
    ...(authority === undefined ? {} : { authority }),
  });
  const { standIns } = cluster.core;
  const installed = new Map<string, IstioOptions>();
  const tags = new Map<string, string>();
  const optionsOf = (revision: string): IstioOptions => {
    const found = installed.get(revision);
    if (found === undefined) throw new Error(`the revision ${JSON.stringify(revision)} is not installed`);
    return found;
  };
  const apply = async (objects: readonly JsonObject[]): Promise<void> => {
    for (const object of objects) {
      const applied = await applyObject(cluster.core, object, { fieldManager: "helm", force: true });
      if (applied.kind === "refused") throw new Error(`cannot install Istio: ${textOf(applied.status["message"])}`);
    }
  };
  const write = async (one: IstioOptions): Promise<void> => {
    const { tags: own = [], ...rest } = one;
    const full = { ...rest, authority: injector.authority };
    for (const tag of own) tags.set(tag, one.revision ?? "");
    installed.set(one.revision ?? "", one);
    await apply(istioObjects({ ...full, tags: own }));
  };
  const addRevision = async (one: IstioOptions): Promise<void> => {
    const { revision = "", namespace = "istio-system" } = one;
    await injector.addRevision({ revision, namespace });
    standIns.set(namespace, `istiod${suffix(revision)}`, 443, injector.address(revision));
    await write(one);
    const problem = injector.problem(revision);
    if (problem !== undefined) throw new Error(`the injector cannot read its configuration: ${problem}`);
  };
  const remove = async (collection: string, name: string, namespace = ""): Promise<void> => {
    if (cluster.api.get(collection, { namespace, name }) !== undefined)
      await cluster.api.delete(collection, { namespace, name });
  };
  const nameIn = (name: string, { namespace = "istio-system" }: IstioOptions): string =>
    namespace === "istio-system" ? name : `${name}-${namespace}`;
  const webhooks = "mutatingwebhookconfigurations.admissionregistration.k8s.io";
  const endRoot = rootCertificates ? distributeRoot(cluster, injector.authority) : (): void => {};
  const stop = async (): Promise<void> => {
    endRoot();
    for (const { revision = "", namespace = "istio-system" } of installed.values())
      standIns.set(namespace, `istiod${suffix(revision)}`, 443, undefined);
    await injector.stop();
  };
  try {
    await addRevision(first);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    injector,
    addRevision,
    upgrade: async (version, change = {}) => {
      const before = optionsOf(change.revision ?? first.revision ?? "");
      const { tag: _, ...rest } = before;
      await write({ ...rest, version, ...change });
    },
    setTag: async (tag, revision) => {
      const one = optionsOf(revision);
      tags.set(tag, revision);
      await apply([tagWebhooks(tag, { ...one, authority: injector.authority })]);
    },
    removeTag: async (tag) => {
      const one = installed.get(tags.get(tag) ?? "") ?? first;
      tags.delete(tag);
      await remove(webhooks, nameIn(`istio-revision-tag-${tag}`, one));
    },
    removeRevision: async (revision) => {
      const one = optionsOf(revision);
      const { namespace = "istio-system" } = one;
      installed.delete(revision);
      await remove(webhooks, nameIn(`istio-sidecar-injector${suffix(revision)}`, one));
      const name = `istiod${suffix(revision)}`;
      await remove("deployments.apps", name, namespace);
      await remove("services", name, namespace);
      await remove("serviceaccounts", name, namespace);
      await remove("configmaps", `istio-sidecar-injector${suffix(revision)}`, namespace);
      await remove("configmaps", `istio${suffix(revision)}`, namespace);
      standIns.set(namespace, name, 443, undefined);
      await injector.removeRevision(revision);
    },
    stop,
  };
}
