import { compareText } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { sidecarFinding } from "../findings.ts";
import type { PodTemplate, WorkloadFact } from "../model/facts.ts";
import type { SidecarView } from "../model/view.ts";
import { kindOfRef } from "../observe/made-by.ts";
import { proxyContainer } from "../observe/proxy-shape.ts";
import { itemsAt, labelOf, textAt } from "../observe/read.ts";
import { agentVersion, isNodeAgent, versionOf } from "./agents.ts";
import { injectionOf } from "./injection.ts";
import { asksForInjection } from "./wish.ts";

/**
 * What is wrong with a cluster for all that runs there: injectors whose configuration cannot be read, namespaces that ask for
 * a revision that nobody serves, node agents and hand-made proxies of another version. Looks at all of its namespaces and workloads.
 */
export function clusterFindings(view: SidecarView, cluster: string): readonly Finding[] {
  if (view.cluster(cluster)?.state !== "current") return [];
  return [...configFindings(view, cluster), ...namespaceFindings(view, cluster), ...versionFindings(view, cluster)];
}

function configFindings(view: SidecarView, cluster: string): Finding[] {
  return view.configs(cluster).flatMap(({ namespace, name, problem }) => {
    if (problem === undefined) return [];
    const object = { apiVersion: "v1", kind: "ConfigMap", namespace, name };
    const message = `ConfigMap ${namespace}/${name} in cluster ${cluster}: ${problem}`;
    return [sidecarFinding("FL865", { object, message })];
  });
}

function namespaceFindings(view: SidecarView, cluster: string): Finding[] {
  return view.namespaces(cluster).flatMap(({ name, labels, terminating }) => {
    if (terminating || !asksForInjection({}, labels)) return [];
    const pod = { namespace: name, labels: {}, annotations: {}, maker: "Deployment.apps", owner: "any" };
    if (injectionOf(view, cluster, pod).kind !== "none") return [];
    const asked = labelOf(labels, "istio-injection") === "enabled" ? "the default" : labelOf(labels, "istio.io/rev");
    const object = { apiVersion: "v1", kind: "Namespace", name };
    const message = `Namespace ${name} in cluster ${cluster} asks for ${asked ?? "injection"}, and no webhook would be called for its pods`;
    return [sidecarFinding("FL862", { object, message })];
  });
}

/** Node agents, and proxies that templates hold themselves, of a version that no control plane has. */
function versionFindings(view: SidecarView, cluster: string): Finding[] {
  const known = view.controlPlanes(cluster).flatMap(({ image }) => versionOf(image) ?? []);
  const versions = [...new Set(known)].sort(compareText);
  if (versions.length === 0) return [];
  const findings: Finding[] = [];
  for (const key of view.keys()) {
    const fact = key.startsWith(`${cluster}/`) ? view.workload(key) : undefined;
    if (fact?.template === undefined) continue;
    const { apiVersion, kind, namespace, name, template } = fact;
    const version = isNodeAgent(template) ? agentVersion(template) : heldVersion(view, fact, template);
    if (version === undefined || versions.includes(version)) continue;
    const message = `${kind} ${namespace}/${name} in cluster ${cluster} is of version ${version}, the control plane of ${versions.join(", ")}`;
    findings.push(
      sidecarFinding(isNodeAgent(template) ? "FL864" : "FL863", {
        object: { apiVersion, kind, namespace, name },
        message,
      }),
    );
  }
  return findings;
}

/** The version of a proxy that a template holds and nobody injects into. */
function heldVersion(view: SidecarView, fact: WorkloadFact, template: PodTemplate): string | undefined {
  const container = itemsAt(template.spec, "containers").find((one) => one["name"] === proxyContainer);
  const version = versionOf(textAt(container, "image"));
  if (version === undefined) return undefined;
  const { cluster, namespace, name } = fact;
  const { labels, annotations } = template;
  const maker = kindOfRef(fact);
  return injectionOf(view, cluster, { namespace, labels, annotations, maker, owner: name }).kind === "none"
    ? version
    : undefined;
}
