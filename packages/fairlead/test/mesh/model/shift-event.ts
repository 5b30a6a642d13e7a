/** Somebody has shares of regions moved step by step: a policy for what runs, and then another one. */
import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { Pick, Placed } from "./objects.ts";

/**
 * The same service in two clusters and a policy that gives one of their regions all; then one that gives it to others.
 * `workloads` are Deployments of users, `clusters` those where it may run.
 */
export function someShift(
  pick: Pick,
  clusters: readonly string[],
  workloads: readonly Placed[],
): readonly (readonly Placed[])[] {
  const [first, second] = [pick(clusters), pick(clusters)];
  const left = pick([0, 0, 50, 35]);
  const names = pick(["west", "east"]) === "west" ? (["west", "east"] as const) : (["east", "us-east-1"] as const);
  const annotations = pick([{ "fairlead.dev/shift": "40%/1m" }, { "fairlead.dev/shift": "7%/30s" }]);
  const own = workloads.length === 0 ? undefined : pick(workloads);
  const template = get(get(own?.object, "spec"), "template");
  const identity = textOf(get(get(get(template, "metadata"), "labels"), "identity"));
  const namespace = textOf(get(get(own?.object, "metadata"), "namespace"));
  if (own === undefined || identity === "") return [];
  const service: JsonObject = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "app", namespace },
    spec: { selector: { app: "app" }, ports: [{ name: "http", port: 80 }] },
  };
  const policy = (share: number): Placed => {
    const target = [
      { region: names[0], weight: share },
      { region: names[1], weight: 100 - share },
    ];
    const metadata = { name: "shift", namespace, annotations, labels: { identity, priority: "9" } };
    const spec = { policy: [{ dnsPrefix: "default", lbType: "FAILOVER", target }] };
    const object = { apiVersion: "admiral.io/v1alpha1", kind: "GlobalTrafficPolicy", metadata, spec };
    return { cluster: own.cluster, object };
  };
  const everywhere = [...new Set([own.cluster, first, second])].flatMap((cluster): readonly Placed[] => [
    { cluster, object: own.object },
    { cluster, object: service },
  ]);
  return [[...everywhere, policy(100)], [policy(left)]];
}
