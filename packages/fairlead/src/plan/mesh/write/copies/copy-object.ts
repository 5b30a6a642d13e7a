import { clone, get, isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { shortHash, type KrmObject } from "@fairlead/krm";
import type { RoutingFact } from "../../model/facts.ts";
import type { MeshSettings } from "../../model/settings.ts";
import { networking, objectOf } from "../mark.ts";
import type { Target } from "../targets.ts";

/** The longest name that the predecessor gives to a copy. */
const longest = 250;

/** Names of objects that are written for hosts: of namespace `pre`, `prod.orders.global-vs` would be one. */
export const generatedName = /^(.*\..*?)(?:-default)?-(?:dr|vs)$/s;

/** `NAMESPACE-NAME`, or the name alone for DestinationRules where the predecessor's rule holds. */
export function copyName(settings: MeshSettings, { kind, namespace, name }: RoutingFact): string {
  if (kind === "DestinationRule" && settings.copies.ruleNames === "own") return name;
  const whole = `${namespace}-${name}`;
  if (settings.writing.marks === "fairlead" && generatedName.test(whole)) {
    return `${whole.slice(0, longest - 9)}-${shortHash([namespace, name], 8)}`;
  }
  if (whole.length <= longest) return whole;
  if (settings.writing.marks === "predecessor") return whole.slice(0, longest);
  return `${whole.slice(0, longest - 9)}-${shortHash([namespace, name], 8)}`;
}

export interface CopyOptions {
  /** Services of the cluster that it comes from become the host itself; undefined: it is copied as it is. */
  readonly host?: string;
  /** Where requests for the host go instead, by weights. */
  readonly targets?: readonly Target[];
  readonly exportTo?: readonly string[];
}

/** What another cluster gets of a user's VirtualService or DestinationRule. */
export function copyObject(settings: MeshSettings, fact: RoutingFact, options: CopyOptions = {}): KrmObject {
  const { copies, scope } = settings;
  const isIgnored = (key: string): boolean => copies.ignoredMetadata.includes(key) || isServers(key);
  const description = {
    apiVersion: networking,
    kind: fact.kind,
    name: copyName(settings, fact),
    namespace: scope.syncNamespace,
    labels: withoutKeys(fact.labels, isIgnored),
    annotations: withoutKeys(fact.annotations, isIgnored),
  };
  const spec = clone(fact.spec);
  const rewritten = options.host === undefined ? spec : rewrite(settings, fact, spec, options.host, options.targets);
  if (options.exportTo !== undefined) rewritten["exportTo"] = [...options.exportTo];
  return objectOf(settings, description, rewritten);
}

/** What kubectl and the API server note on an object is said of that object alone. */
function isServers(key: string): boolean {
  return key === "kubectl.kubernetes.io/last-applied-configuration" || key.startsWith("fairlead.dev/");
}

function withoutKeys(
  map: { readonly [key: string]: string },
  isLeft: (key: string) => boolean,
): { [key: string]: string } {
  const kept: { [key: string]: string } = {};
  for (const key of Object.keys(map).sort()) if (!isLeft(key)) setOwn(kept, key, map[key]!);
  return kept;
}

function rewrite(
  settings: MeshSettings,
  fact: RoutingFact,
  spec: JsonObject,
  host: string,
  targets: readonly Target[] | undefined,
): JsonObject {
  const result: JsonObject = { ...spec };
  for (const layer of ["http", "tls", "tcp"]) {
    const routes = spec[layer];
    if (!Array.isArray(routes) || (layer === "tcp" && settings.writing.marks === "predecessor")) continue;
    result[layer] = routes.map((route) => {
      const list = get(route, "route");
      if (!isObject(route) || !Array.isArray(list)) return route;
      return { ...route, route: list.flatMap((item) => rewriteDestination(settings, fact, item, host, targets)) };
    });
  }
  return result;
}

function rewriteDestination(
  settings: MeshSettings,
  fact: RoutingFact,
  item: JsonValue,
  host: string,
  targets: readonly Target[] | undefined,
): JsonValue[] {
  const destination = get(item, "destination");
  if (!isObject(item) || !isObject(destination)) return [item];
  const to = destination["host"];
  const isLocal = typeof to === "string" && (isService(to) || (settings.writing.marks === "fairlead" && isShort(to)));
  const leadsToHost = isLocal || to === host;
  if (!leadsToHost) return [item];
  const whole = { ...item, destination: { ...destination, host } };
  if (targets === undefined) return [whole];
  const weight = typeof item["weight"] === "number" ? item["weight"] : 100;
  return targets.map((target) => ({
    ...item,
    destination: { ...destination, host: target.host },
    weight: Math.round((weight * (target.weight ?? 100)) / 100),
  }));
}

function isService(host: string): boolean {
  return host.endsWith(".svc.cluster.local");
}

/** `orders`, `orders.shop`, `orders.shop.svc`: a Service of the cluster and namespace that the object comes from. */
function isShort(host: string): boolean {
  return !host.includes(".") || /^[^.]+\.[^.]+\.svc(\.|$)/.test(host);
}
