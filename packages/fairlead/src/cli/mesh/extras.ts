import { compareText, get, textOf } from "@fairlead/apimachinery";
import { refKey, refOf, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { configMapOf } from "../../plan/mesh/addresses/store.ts";
import { intentOf } from "../../plan/mesh/identity/intent.ts";
import type { HostIntent } from "../../plan/mesh/model/intent.ts";
import type { Edit } from "../../plan/mesh/model/plan.ts";
import type { FleetPlan } from "../../plan/mesh/plan-fleet.ts";
import { ambientInfrastructure } from "../../plan/mesh/write/ambient/infrastructure.ts";
import { isAmbient } from "../../plan/mesh/write/ambient/names.ts";
import { clusterDns, type DnsAnswer } from "../../plan/mesh/write/cluster-dns.ts";
import { withSidecarHosts } from "../../plan/mesh/write/sidecar-edit.ts";
import { meshHostsAnnotation } from "../../plan/mesh/write/sidecar.ts";
import { meshCliFinding } from "./findings.ts";
import type { OpenedFleet } from "./open-folder.ts";

/** What a command plans beside what the plans of keys hold. */
export interface ExtraOptions {
  /** The ConfigMap for CoreDNS, with what names stand for. */
  readonly dns?: DnsAnswer;
  /** What clusters of an ambient fleet need once. */
  readonly infrastructure?: boolean;
}

/** An object that a cluster should have, and what is there in its place. */
export interface Extra {
  readonly cluster: string;
  readonly before: KrmObject | undefined;
  readonly after: KrmObject;
}

export interface Extras {
  readonly extras: readonly Extra[];
  readonly findings: readonly Finding[];
}

/** Stores of addresses, Sidecars of users as they should be, and what options ask for. */
export function extrasOf(opened: OpenedFleet, plan: FleetPlan, options: ExtraOptions = {}): Extras {
  const findings: Finding[] = [];
  const extras = [...storesOf(opened, plan), ...sidecarsOf(opened, plan)];
  const { settings } = plan.fleet;
  const hosts = options.dns === undefined ? [] : hostsOf(plan);
  for (const { name, view } of plan.fleet.clusters) {
    if (view === "paused" || view === "unread") continue;
    const add = (after: KrmObject): void =>
      void extras.push({ cluster: name, before: objectIn(opened, name, refOf(after)), after });
    if (options.infrastructure === true && isAmbient(settings))
      for (const one of ambientInfrastructure(settings)) add(one);
    if (options.dns === undefined) continue;
    const { object, omitted } = clusterDns(plan.fleet, name, hosts, options.dns);
    add(object);
    if (omitted.length === 0) continue;
    const message = `cluster ${name}: ${omitted.length} names have no room in the ConfigMap, ${omitted[0]!} first`;
    findings.push(meshCliFinding("FL855", { message, object: refOf(object) }));
  }
  return { extras, findings };
}

/** The object that a cluster's files hold under a reference; of two Sidecars, the edited copy. */
export function objectIn(
  { clusters }: Pick<OpenedFleet, "clusters">,
  cluster: string,
  ref: ObjectRef,
): KrmObject | undefined {
  const own = clusters.find(({ name }) => name === cluster);
  const key = refKey(ref);
  const find = (objects: readonly KrmObject[] = []): KrmObject | undefined =>
    objects.find((object) => object.kind === ref.kind && refKey(refOf(object)) === key);
  return find(own?.generated) ?? find(own?.objects);
}

function storesOf({ stores, home }: OpenedFleet, { fleet, changedStores }: FleetPlan): Extra[] {
  const { syncNamespace } = fleet.settings.scope;
  return changedStores.map((store) => {
    const known = stores.find(({ name }) => name === store.name);
    const before = known === undefined ? undefined : configMapOf(known, syncNamespace);
    return { cluster: home, before, after: configMapOf(store, syncNamespace) };
  });
}

/** Sidecars whole: as their owners wrote them, with the hosts that are called. */
function sidecarsOf(opened: OpenedFleet, { fleet, plans }: FleetPlan): Extra[] {
  const found = plans.flatMap(({ clusters }) =>
    clusters.flatMap(({ cluster, edits }) => edits.flatMap((edit) => sidecarOf(opened, fleet, cluster, edit) ?? [])),
  );
  return found.sort((a, b) => compareText(a.cluster, b.cluster));
}

function sidecarOf(opened: OpenedFleet, fleet: FleetPlan["fleet"], cluster: string, edit: Edit): Extra | undefined {
  const { object: ref } = edit;
  const own = opened.clusters.find(({ name }) => name === cluster);
  const written = own?.objects.find((one) => isSidecar(one, ref)) ?? observed(fleet, cluster, ref);
  if (written === undefined) return undefined;
  const copy = own?.generated?.find((one) => isSidecar(one, ref));
  const after = withSidecarHosts(written, edit);
  return after === undefined ? undefined : { cluster, before: copy ?? written, after };
}

/** Whatever version of Istio's API it is written in. */
export function isSidecar({ apiVersion, kind, metadata }: KrmObject, ref: ObjectRef): boolean {
  return (
    kind === "Sidecar" &&
    apiVersion.startsWith("networking.istio.io/") &&
    metadata.name === ref.name &&
    textOf(get(metadata, "namespace")) === ref.namespace
  );
}

/** What a watch has told of a Sidecar: everything but its labels. */
function observed(fleet: FleetPlan["fleet"], cluster: string, ref: ObjectRef): KrmObject | undefined {
  const { namespace = "", name } = ref;
  const fact = fleet.sidecars(cluster, namespace).find((one) => one.name === name);
  if (fact === undefined) return undefined;
  const annotations = fact.ours === undefined ? {} : { annotations: { [meshHostsAnnotation]: fact.ours.join(",") } };
  return { apiVersion: ref.apiVersion, kind: ref.kind, metadata: { name, namespace, ...annotations }, spec: fact.spec };
}

function hostsOf({ fleet, plans }: FleetPlan): readonly HostIntent[] {
  return plans.flatMap(({ key }) =>
    key.startsWith("identity:") ? intentOf(fleet, key.slice("identity:".length)).intent.hosts : [],
  );
}

export type PlannedDns = DnsAnswer | "none";

/** How the generated files answer already. */
export function dnsIn({ clusters }: OpenedFleet): DnsAnswer | undefined {
  for (const { generated = [] } of clusters) {
    const found = generated.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === dnsConfigMap);
    if (found !== undefined)
      return textOf(get(get(found, "data"), "mesh.server")).includes("hosts {") ? "addresses" : "services";
  }
  return undefined;
}

const dnsConfigMap = "fairlead-mesh-dns";
