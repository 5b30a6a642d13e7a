import type { Store } from "../../packages/sim/src/store/store.ts";
import { podNamespace } from "../kube/pods.ts";
import { storedPod } from "./stored-pod.ts";

export function podKey(index: number): string {
  return `${podNamespace(index)}/pod-${index.toString(36).padStart(5, "0")}`;
}

export function fillStore(store: Store, pods: number): void {
  for (let i = 0; i < pods; i++) store.put("pods", podKey(i), 0, (revision) => storedPod(i, revision));
}

/** Changes so many of them, here and there. */
export function changePods(store: Store, pods: number, changes: number): void {
  for (let i = 0; i < changes; i++) {
    const index = (i * 7919) % pods;
    const { revision } = store.get("pods", podKey(index))!;
    store.put("pods", podKey(index), revision, (next) => storedPod(index, next, i));
  }
}
