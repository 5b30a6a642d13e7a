import { compareText } from "@fairlead/apimachinery";
import type { Workload, WorkloadKey } from "../model/decision.ts";
import type { ControllerRef, PodFact, PodTemplate, WorkloadFact } from "../model/facts.ts";
import type { SidecarView } from "../model/view.ts";
import { kindOfRef } from "../observe/made-by.ts";
import { partsOf } from "../model/keys.ts";

/** What a key stands for. */
export interface Subject {
  readonly workload: Workload;
  /** With its group. */
  readonly kind: string;
  /** Undefined: an object that nobody reads, or a pod of its own. */
  readonly fact: WorkloadFact | undefined;
  readonly pods: readonly PodFact[];
  /** One for each template; of what nobody reads several. None: no template is known. */
  readonly groups: readonly Group[];
}

/** Pods of one template. */
export interface Group {
  readonly template: PodTemplate;
  /** Whether it is what is written, and not what was made out from a pod. */
  readonly isExact: boolean;
  /** Kind and name of what holds the template, and makes pods or has them made. */
  readonly maker: string;
  readonly owner: string;
  readonly pods: readonly PodFact[];
}

/** Undefined: there is no such workload, or it is part of another. */
export function subjectOf(view: SidecarView, key: WorkloadKey): Subject | undefined {
  if (!view.isTop(key)) return undefined;
  const fact = view.workload(key);
  const pods = view.pods(key);
  const { cluster, namespace, kind, name } = partsOf(key);
  if (fact !== undefined) {
    const { apiVersion, uid } = fact;
    const workload: Workload = { cluster, namespace, name, key, apiVersion, kind: fact.kind, uid };
    const template = templateOf(view, fact);
    const group = template && { template, isExact: true, maker: kind, owner: name, pods };
    return { workload, kind, fact, pods, groups: group === undefined ? [] : [group] };
  }
  const [first] = pods;
  if (first === undefined) return undefined;
  const above = controllerAbove(view, key, first);
  const workload: Workload = {
    cluster,
    namespace,
    name,
    key,
    apiVersion: above?.apiVersion ?? "v1",
    kind: above?.kind ?? "Pod",
    uid: above?.uid ?? first.uid,
  };
  return { workload, kind, fact, pods, groups: groupsOf(view, key, pods) };
}

/** A Rollout may use the template of a Deployment. */
function templateOf(view: SidecarView, fact: WorkloadFact): PodTemplate | undefined {
  if (fact.templateOf === undefined) return fact.template;
  return view.workload(`${fact.cluster}/${fact.namespace}/Deployment.apps/${fact.templateOf}`)?.template;
}

/**
 * What an unknown operator makes need not be of one template: those of the ReplicaSets or Jobs that it makes count, and else
 * what can be told from each pod.
 */
function groupsOf(view: SidecarView, key: WorkloadKey, pods: readonly PodFact[]): Group[] {
  const links = new Map(view.makers(key).map((maker) => [`${kindOfRef(maker)}/${maker.name}`, maker]));
  const { kind, name } = partsOf(key);
  const groups = new Map<string, Group & { readonly pods: PodFact[] }>();
  for (const pod of pods) {
    const link = pod.controller && links.get(`${kindOfRef(pod.controller)}/${pod.controller.name}`);
    const written = link?.fact === "workload" ? link : undefined;
    const template = written?.template ?? pod.template;
    if (template === undefined) return [];
    const from =
      written === undefined ? { maker: kind, owner: name } : { maker: kindOfRef(written), owner: written.name };
    const file = `${template.hash} ${from.maker}/${from.owner}`;
    const group = groups.get(file);
    if (group !== undefined) group.pods.push(pod);
    else groups.set(file, { template, isExact: written !== undefined, ...from, pods: [pod] });
  }
  return [...groups].sort(([a], [b]) => compareText(a, b)).map(([, group]) => group);
}

function controllerAbove(view: SidecarView, key: WorkloadKey, pod: PodFact): ControllerRef | undefined {
  const { local } = partsOf(key);
  const references = [pod.controller, ...view.makers(key).map(({ controller }) => controller)];
  return references.find((one) => one !== undefined && `${kindOfRef(one)}/${one.name}` === local);
}
