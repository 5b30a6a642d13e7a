import type { JsonObject } from "@fairlead/apimachinery";

/** How pods behave, on nodes that kwok plays and on simulated ones: both read annotations. */
export type Behaviour = "never-ready" | "fail" | "keeps-running" | "slow";

export const neverReady = { "fairlead.test/pod": "never-ready", "sim.fairlead.dev/ready": "never" };

const annotations: { readonly [behaviour in Behaviour]: { readonly [key: string]: string } } = {
  "never-ready": neverReady,
  fail: { "fairlead.test/pod": "fail", "sim.fairlead.dev/exit-code": "1" },
  "keeps-running": { "fairlead.test/pod": "keeps-running", "sim.fairlead.dev/run-for": "24h" },
  slow: { "fairlead.test/delay": "2s", "sim.fairlead.dev/ready-delay": "2s" },
};

export interface PodOptions {
  readonly image?: string;
  readonly behaviour?: Behaviour;
  readonly spec?: JsonObject;
  readonly labels?: { readonly [key: string]: string };
}

export function template(app: string, { image = "a:1", behaviour, spec = {}, labels }: PodOptions = {}): JsonObject {
  return {
    metadata: {
      labels: { ...(labels ?? { app }) },
      ...(behaviour === undefined ? {} : { annotations: { ...annotations[behaviour] } }),
    },
    spec: { containers: [{ name: app, image }], ...spec },
  };
}

export function workload(kind: string, name: string, spec: JsonObject, pod: PodOptions = {}): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name },
    spec: { selector: { matchLabels: { app: name } }, ...spec, template: template(name, pod) },
  };
}

/** A patch that changes the image, as `kubectl set image` does. */
export function setImage(name: string, image: string): JsonObject {
  return { spec: { template: { spec: { containers: [{ name, image }] } } } };
}

export function job(spec: JsonObject, pod: PodOptions = {}, name = "work"): JsonObject {
  const { metadata, spec: podSpec } = template(name, { labels: {}, ...pod }) as {
    metadata: JsonObject;
    spec: JsonObject;
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name },
    spec: { ...spec, template: { metadata, spec: { restartPolicy: "Never", ...podSpec } } },
  };
}
