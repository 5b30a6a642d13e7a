import type { Api } from "../../controllers/controller.ts";
import type { ClusterCache } from "./cluster-cache.ts";
import { fitError } from "./fit-error.ts";
import { interPod } from "./inter-pod.ts";
import { addPod, copyNode, type NodeInfo, type PodInfo } from "./node-info.ts";
import { obstacle, onlyNodeOf, type Needs, type Obstacle } from "./obstacle.ts";
import { planPreemption } from "./preemption.ts";
import { scorer } from "./score-nodes.ts";
import { volumeNeeds } from "./volumes.ts";

export type Choice =
  | { readonly kind: "node"; readonly name: string; readonly needs: Needs }
  /** `0/3 nodes are available: 3 Insufficient cpu.` and whether others could make room. */
  | { readonly kind: "none"; readonly message: string }
  /** Others must leave first. */
  | {
      readonly kind: "victims";
      readonly message: string;
      readonly node: string;
      readonly victims: readonly PodInfo[];
    };

export interface ChoiceInput {
  readonly pod: PodInfo;
  readonly cache: ClusterCache;
  readonly api: Api;
  /** Equals are told apart by it. */
  readonly random: () => number;
  /** With which node the search begins, counted from the first; large clusters are not searched to the end. */
  readonly from: number;
}

/** The best node for a pod among those where it can run, as kube-scheduler's default profile finds it. */
export function chooseNode(input: ChoiceInput): Choice {
  const { pod, cache, api, random, from } = input;
  const nodes = cache.nodes();
  if (nodes.length === 0) return { kind: "none", message: "no nodes available to schedule pods" };
  const volumes = volumeNeeds(pod.pod, api);
  if (volumes.problem !== undefined) {
    return { kind: "none", message: `0/${nodes.length} nodes are available: ${volumes.problem}. not found` };
  }
  const needs: Needs = { pod, volumes, others: interPod(pod, cache, api) };
  const only = onlyNodeOf(pod);
  const enough = enoughOf(nodes.length);
  const possible: NodeInfo[] = [];
  const obstacles = new Map<string, Obstacle>();
  for (let i = 0; i < nodes.length && possible.length < enough; i++) {
    const node = nodes[(from + i) % nodes.length]!;
    if (only !== undefined && node.name !== only) continue;
    const why = obstacle(needs, withNominated(node, pod, cache));
    if (why === undefined) possible.push(node);
    else obstacles.set(node.name, why);
  }
  if (possible.length === 0) return explain(input, needs, obstacles);
  if (possible.length === 1) return { kind: "node", name: possible[0]!.name, needs };
  const score = scorer(pod, possible, cache);
  const scored = possible.map((node) => ({ node, score: score(node) }));
  const best = scored.reduce((most, one) => Math.max(most, one.score), -Infinity);
  const equals = scored.filter((one) => one.score === best);
  return { kind: "node", name: equals[Math.floor(random() * equals.length)]!.node.name, needs };
}

/** How many possible nodes are enough to choose among: all of a hundred, then a part that shrinks. */
function enoughOf(nodes: number): number {
  if (nodes <= 100) return nodes;
  const percent = Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(100, Math.floor((nodes * percent) / 100));
}

/** With the pods that wait for room there and are at least as important. */
function withNominated(node: NodeInfo, pod: PodInfo, cache: ClusterCache): NodeInfo {
  const first = cache.nominated(node.name).filter((one) => one.key !== pod.key && one.priority >= pod.priority);
  if (first.length === 0) return node;
  const fuller = copyNode(node);
  for (const one of first) addPod(fuller, one);
  return fuller;
}

function explain({ pod, cache, api }: ChoiceInput, needs: Needs, obstacles: ReadonlyMap<string, Obstacle>): Choice {
  const message = fitError(cache.nodes().length, obstacles.values());
  const isAlone = pod.affinity.length === 0 && pod.antiAffinity.length === 0 && cache.repelling.size === 0;
  const spreads = "topologySpreadConstraints" in (pod.pod["spec"] as object);
  const without = (gone: ReadonlySet<string>): Needs =>
    isAlone && !spreads ? needs : cache.aside(gone, () => ({ ...needs, others: interPod(pod, cache, api) }));
  const preemption = planPreemption({
    needs,
    cache,
    obstacles,
    budgets: api.list("poddisruptionbudgets.policy"),
    without,
  });
  if (preemption.kind === "victims") return { ...preemption, message };
  return { kind: "none", message: `${message} no new claims to deallocate, ${preemption.message}` };
}
