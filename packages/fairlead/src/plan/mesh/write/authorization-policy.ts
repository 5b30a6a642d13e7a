import { canonicalJson, compareText } from "@fairlead/apimachinery";
import { shortHash, type Finding } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import type { WorkloadFact } from "../model/facts.ts";
import type { Fleet } from "../model/fleet.ts";
import { objectOf, security } from "./mark.ts";
import { sortedSet, type IdentityInput, type Output, type Placed } from "./output.ts";

/**
 * Who may call the workloads of an identity: the service accounts of those whom Dependencies let call, in the trust
 * domains of the clusters where they run, of the identity itself, and those of the gateways' namespaces. Where everybody
 * may call, or no caller is known, none is written: it would shut out everybody.
 * https://istio.io/latest/docs/reference/config/security/authorization-policy/
 */
export function authorizationPolicies({ fleet, key, intent }: IdentityInput): Output {
  const { scope, gateways, output } = fleet.settings;
  if (!scope.authorization) return {};
  const audience = fleet.clientsOf(intent.identity);
  const sources = sourceWorkloads({ fleet, key, intent });
  if (audience.kind === "everybody" || sources.length === 0) return {};
  const callers = audience.identities.flatMap((client) => fleet.client(client)?.workloads ?? []);
  if (callers.length === 0) return { findings: [nobody(intent.name, sources[0]!, audience.identities)] };
  const own = sources.map((workload) => principalOf(fleet, workload));
  const domains = sortedSet([...callers, ...sources].map(({ cluster }) => trustDomainOf(fleet, cluster)));
  const between = domains.flatMap((domain) => [
    `${domain}/ns/${gateways.namespace}/sa/*`,
    ...(output === "ambient" ? [`${domain}/ns/${scope.syncNamespace}/sa/*`] : []),
  ]);
  const principals = sortedSet([...callers.map((workload) => principalOf(fleet, workload)), ...own, ...between]);
  const objects = new Map<string, Placed>();
  for (const workload of sources) {
    const labels = workload.selector;
    if (Object.keys(labels).length === 0) continue;
    const name = `${slug(intent.identity)}-callers-${shortHash({ ...labels }, 8)}`;
    const description = { apiVersion: security, kind: "AuthorizationPolicy", name, namespace: workload.namespace };
    const object = objectOf(fleet.settings, description, {
      selector: { matchLabels: { ...labels } },
      action: "ALLOW",
      rules: [{ from: [{ source: { principals } }] }],
    });
    objects.set(canonicalJson([workload.cluster, workload.namespace, name]), { cluster: workload.cluster, object });
  }
  return { objects: [...objects].sort(([a], [b]) => compareText(a, b)).map(([, placed]) => placed) };
}

/** Those whose Services are endpoints of its hosts. */
function sourceWorkloads({ fleet, intent }: IdentityInput): readonly WorkloadFact[] {
  const { sourceKinds } = fleet.settings.discovery;
  const places = new Set(
    intent.hosts.flatMap(({ backends }) => backends.map(({ cluster, namespace }) => `${cluster}/${namespace}`)),
  );
  const workloads = fleet.identity(intent.identity)?.workloads ?? [];
  return workloads.filter(
    ({ kind, cluster, namespace, endpoints }) =>
      sourceKinds.includes(kind) && endpoints === undefined && places.has(`${cluster}/${namespace}`),
  );
}

function principalOf(fleet: Fleet, { cluster, namespace, serviceAccount }: WorkloadFact): string {
  return `${trustDomainOf(fleet, cluster)}/ns/${namespace}/sa/${serviceAccount || "default"}`;
}

function trustDomainOf(fleet: Fleet, cluster: string): string {
  return fleet.cluster(cluster)?.trustDomain || "cluster.local";
}

function nobody(name: string, { kind, namespace, name: workload }: WorkloadFact, clients: readonly string[]): Finding {
  const message =
    clients.length === 0
      ? `no Dependency lets anybody call ${name}: no AuthorizationPolicy is written`
      : `none of the callers of ${name} (${clients.slice(0, 5).join(", ")}) runs anywhere: no AuthorizationPolicy is written`;
  return meshFinding("FL816", { message, object: { apiVersion: "apps/v1", kind, namespace, name: workload } });
}

function slug(text: string): string {
  const safe = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "");
  return safe === "" ? "mesh" : safe.slice(0, 200);
}
