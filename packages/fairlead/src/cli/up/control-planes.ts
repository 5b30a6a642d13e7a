import { get, textOf, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { judgeReady, waitUntil } from "@fairlead/kube";
import { installIstio, type InstalledIstio } from "@fairlead/sim";
import type { DialService } from "../../run/sidecars/oracle/target.ts";
import { upFinding } from "./findings.ts";
import type { Fleet } from "./fleet.ts";
import type { FleetMember } from "./start-fleet.ts";

/** What became of the control plane of a cluster; without `to` it is gone. */
export interface ControlPlaneChange {
  readonly cluster: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export interface WaitForControlPlanes {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

export interface Prepared {
  readonly changes: readonly ControlPlaneChange[];
  readonly findings: readonly Finding[];
}

/** The scripted control planes of Istio in the clusters of a fleet. */
export interface ControlPlanes {
  /**
   * Makes them what is declared, but for upgrades that wait until everything is ready, and waits for their pods; those
   * that are late are findings (FL783). Rejects with a KubeError, or an Error if a cluster refuses what belongs to a
   * control plane.
   */
  prepare(fleet: Fleet, wait: WaitForControlPlanes): Promise<Prepared>;
  /** The upgrades that wait until everything is ready. */
  waiting(fleet: Fleet): readonly ControlPlaneChange[];
  /** Begins them. */
  upgrade(fleet: Fleet): Promise<void>;
  /** Where the injectors listen: nothing but this process reaches their Services by name. */
  readonly dial: DialService;
  /** The objects stay, as those of a cluster whose control plane is down. */
  stop(): Promise<void>;
}

const place = { namespace: "istio-system", name: "istiod" };
const authority = { namespace: place.namespace, name: "istio-ca-secret" };
const deployments = { group: "apps", version: "v1", kind: "Deployment", plural: "deployments", namespaced: true };

interface Installed {
  readonly istio: InstalledIstio;
  version: string;
}

/** None is installed yet; those that a cluster has kept are found by `prepare`. */
export function controlPlanes(members: readonly FleetMember[]): ControlPlanes {
  const installed = new Map<string, Installed>();
  const declaredIn = ({ clusters }: Fleet, cluster: string) => clusters.find(({ name }) => name === cluster)?.istio;

  async function install({ name, cluster }: FleetMember, version: string): Promise<Installed> {
    const istio = await installIstio(cluster, { version, rootCertificates: true, keepAuthority: true });
    const one = { istio, version };
    installed.set(name, one);
    return one;
  }

  async function remove(member: FleetMember, kept: string): Promise<void> {
    const { istio } = installed.get(member.name) ?? (await install(member, kept));
    installed.delete(member.name);
    await istio.removeRevision("");
    await istio.stop();
    await member.cluster.api.delete("secrets", authority);
  }

  async function prepareOne(member: FleetMember, fleet: Fleet): Promise<ControlPlaneChange | undefined> {
    const declared = declaredIn(fleet, member.name);
    const { name: cluster } = member;
    const one = installed.get(cluster);
    const from = one?.version ?? keptVersion(member);
    if (declared === undefined) {
      if (from === undefined) return undefined;
      await remove(member, from);
      return { cluster, from, to: undefined };
    }
    const { version, upgradeTo } = declared;
    const to = upgradeTo === undefined ? version : (from ?? version);
    if (one === undefined) await install(member, to);
    else if (to === from) return undefined;
    else {
      await one.istio.upgrade(to);
      one.version = to;
    }
    return { cluster, from, to };
  }

  function waiting(fleet: Fleet): readonly ControlPlaneChange[] {
    return [...installed].flatMap(([cluster, { version: from }]) => {
      const to = declaredIn(fleet, cluster)?.upgradeTo;
      return to === undefined || to === from ? [] : [{ cluster, from, to }];
    });
  }

  return {
    async prepare(fleet, wait) {
      const changes = await Promise.all(members.map((member) => prepareOne(member, fleet)));
      const begun = changes.flatMap((change) => (change?.to === undefined ? [] : [change.cluster]));
      const late = await Promise.all(
        begun.map(async (cluster) => {
          const { client } = members.find(({ name }) => name === cluster)!;
          const target = { apiVersion: "apps/v1", kind: "Deployment", ...place, resource: deployments };
          const { findings } = await waitUntil(client, [target], judgeReady, wait);
          return findings.map(({ message }) => upFinding("FL783", { message: `${cluster}: ${message}` }));
        }),
      );
      return { changes: changes.flatMap((change) => change ?? []), findings: late.flat() };
    },
    waiting,
    async upgrade(fleet) {
      const upgrades = waiting(fleet).map(async ({ cluster, to }) => {
        const one = installed.get(cluster)!;
        await one.istio.upgrade(to!);
        one.version = to!;
      });
      await Promise.all(upgrades);
    },
    dial: (cluster, { namespace, name }) =>
      namespace === place.namespace && name === place.name
        ? installed.get(cluster)?.istio.injector.address()
        : undefined,
    async stop() {
      await Promise.all([...installed.values()].map(({ istio }) => istio.stop()));
      installed.clear();
    },
  };
}

/** The version of the control plane that `up` has left in a cluster; undefined: none, or somebody else's. */
function keptVersion({ cluster: { api } }: FleetMember): string | undefined {
  if (api.get("secrets", authority) === undefined) return undefined;
  const spec = api.get("deployments.apps", place)?.["spec"];
  const containers: JsonValue | undefined = get(get(get(spec, "template"), "spec"), "containers");
  const image = Array.isArray(containers) ? textOf(get(containers[0], "image")) : "";
  const version = image.slice(image.lastIndexOf(":") + 1);
  return version === "" ? undefined : version;
}

/** `Istio 1.28.0 → 1.29.0 in us and eu`, a line for each change that is the same. */
export function changeLines(changes: readonly ControlPlaneChange[]): readonly string[] {
  const lines = new Map<string, string[]>();
  for (const { cluster, from, to } of changes) {
    const words = wordsOf(from, to);
    lines.set(words, [...(lines.get(words) ?? []), cluster]);
  }
  return [...lines].map(([words, clusters]) => `${words} ${listed(clusters)}`);
}

function wordsOf(from: string | undefined, to: string | undefined): string {
  if (to === undefined) return `Istio ${from!} is gone from`;
  if (from === undefined) return `Istio ${to} in`;
  return from === to ? `Istio ${to}, as it was kept, in` : `Istio ${from} → ${to} in`;
}

/** `us`, `us and eu`, `us, eu and ap`. */
function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)!}`;
}
