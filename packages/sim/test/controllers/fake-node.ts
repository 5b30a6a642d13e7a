import type { JsonObject } from "@fairlead/apimachinery";
import type { Controller } from "../../src/controllers/controller.ts";
import { asKind, type Pod, splitKey } from "../../src/controllers/common/objects.ts";
import { targetNode } from "../../src/controllers/daemonset/daemon-pod.ts";
import { formatTime, parseTime } from "../../src/controllers/common/time.ts";

export interface FakeNodeOptions {
  /** How long pods take from creation to ready; undefined: never. */
  readonly readyAfterMs?: (pod: Pod) => number | undefined;
  /** How long pods run until they end, and how; undefined: for ever. */
  readonly endsAfterMs?: (pod: Pod) => { readonly ms: number; readonly exitCode: number } | undefined;
  readonly stopsAfterMs?: number;
  readonly nodeName?: string;
}

/** Assigns pods to a node, and has them become ready, end and stop. */
export function fakeNode(options: FakeNodeOptions = {}): Controller {
  const {
    readyAfterMs = () => 1000,
    endsAfterMs = () => undefined,
    stopsAfterMs = 1000,
    nodeName = "node-1",
  } = options;
  return {
    name: "fake-node",
    watches: [
      {
        collection: "pods",
        keys: ({ metadata }) => [
          `${(metadata as JsonObject)["namespace"] as string}/${(metadata as JsonObject)["name"] as string}`,
        ],
      },
    ],
    async reconcile(key, { api, now }) {
      const { namespace, name } = splitKey(key);
      const found = api.get("pods", { namespace, name });
      if (found === undefined) return undefined;
      const pod = asKind<Pod>(found);
      const at = { namespace, name };
      const { deletionTimestamp, creationTimestamp } = pod.metadata;
      const isEnded = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
      if (deletionTimestamp !== undefined) {
        const grace = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
        const wait = parseTime(deletionTimestamp)! - grace + stopsAfterMs - now;
        if (wait > 0 && !isEnded) return { afterMs: wait };
        if (!isEnded) await api.patch("pods", at, { status: ended(pod, "Failed", 137, now) }, "status");
        if (grace > 0 || isEnded) await api.delete("pods", at, { gracePeriodSeconds: 0 });
        return undefined;
      }
      if (pod.spec.nodeName === undefined) {
        const target = { apiVersion: "v1", kind: "Node", name: targetNode(pod) ?? nodeName };
        const body = { apiVersion: "v1", kind: "Binding", metadata: { name, namespace }, target };
        await api.createSubresource("pods", at, "binding", body);
      }
      const end = endsAfterMs(pod);
      const start = parseTime(creationTimestamp)!;
      if (isEnded) return undefined;
      if (end !== undefined && start + end.ms <= now) {
        const phase = end.exitCode === 0 ? "Succeeded" : "Failed";
        await api.patch("pods", at, { status: ended(pod, phase, end.exitCode, now) }, "status");
        return undefined;
      }
      const ready = readyAfterMs(pod);
      const readyAt = ready === undefined ? Infinity : start + ready;
      const isReady = readyAt <= now;
      if (pod.status?.phase !== "Running" || (isReady && pod.status.conditions === undefined)) {
        const conditions = isReady ? [{ type: "Ready", status: "True", lastTransitionTime: formatTime(now) }] : null;
        await api.patch("pods", at, { status: { phase: "Running", conditions } }, "status");
      }
      const waits = [isReady ? Infinity : readyAt - now, end === undefined ? Infinity : start + end.ms - now];
      const wait = Math.min(...waits);
      return wait === Infinity ? undefined : { afterMs: wait };
    },
  };
}

function ended({ spec }: Pod, phase: string, exitCode: number, now: number): JsonObject {
  const terminated = { exitCode, finishedAt: formatTime(now) };
  const conditions = [{ type: "Ready", status: "False", lastTransitionTime: formatTime(now) }];
  const containerStatuses = (spec.containers ?? []).map(({ name }) => ({
    name,
    image: "a",
    imageID: "a",
    ready: false,
    restartCount: 0,
    state: { terminated },
  }));
  return { phase, conditions, containerStatuses };
}
