import { createHash } from "node:crypto";
import { canonicalJson, type JsonObject } from "@fairlead/apimachinery";
import { at, textAt } from "../inject/pod-parts.ts";

/** A question that an injector was asked. */
export interface InjectorCall {
  readonly revision: string;
  readonly path: string;
  readonly namespace: string;
  /** The pod's name, or its `generateName`. */
  readonly pod: string;
  /** Twelve hexadecimal digits of what a template decides: labels, annotations, spec. */
  readonly key: string;
  readonly dryRun: boolean;
  readonly outcome: "injected" | "skipped" | "failed" | "fault" | "unavailable";
}

/** The calls so far. */
export interface InjectorCalls {
  count(): number;
  /** The latest, at most 10,000. */
  list(): readonly InjectorCall[];
  /** How many different keys were asked for. */
  keys(): number;
  clear(): void;
}

const mostCalls = 10_000;

export function createCalls(): InjectorCalls & { add(call: InjectorCall): void } {
  let count = 0;
  let latest: InjectorCall[] = [];
  let keys = new Set<string>();
  return {
    count: () => count,
    list: () => latest.slice(-mostCalls),
    keys: () => keys.size,
    clear: () => {
      count = 0;
      latest = [];
      keys = new Set();
    },
    add: (call) => {
      count += 1;
      latest.push(call);
      if (latest.length > 2 * mostCalls) latest = latest.slice(-mostCalls);
      if (keys.size < 100_000) keys.add(`${call.namespace}/${call.key}`);
    },
  };
}

export function keyOf(pod: JsonObject): string {
  const parts = {
    labels: at(pod, "metadata", "labels") ?? null,
    annotations: at(pod, "metadata", "annotations") ?? null,
    spec: pod["spec"] ?? null,
  };
  return createHash("sha256").update(canonicalJson(parts)).digest("hex").slice(0, 12);
}

export const podName = (pod: JsonObject): string =>
  textAt(pod, "metadata", "name") || textAt(pod, "metadata", "generateName");
