import { compareText, equal, isObject, type JsonObject, type JsonValue, setOwn, textOf } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import { meshFinding } from "../../findings.ts";
import type { RoutingFact } from "../../model/facts.ts";
import type { HostIntent } from "../../model/intent.ts";
import { writeDestinationRules } from "../destination-rule.ts";
import { networking } from "../mark.ts";
import type { IdentityInput, Output, Placed } from "../output.ts";
import { copyObject } from "./copy-object.ts";
import { holderOf, isCopied } from "./eligible.ts";
import { leftOut as nameless } from "./left-out.ts";

/**
 * The DestinationRules of hosts. Istio takes one rule for a host from the namespace of its ServiceEntry, whichever is
 * older: where a user has one for the host, its copy stands in place of ours, with what ours says and it does not. Each
 * cluster prefers the user's rule that it has itself, then the oldest.
 */
export function destinationRules(input: IdentityInput): Output {
  const { fleet, intent } = input;
  const plain = writeDestinationRules(input);
  if (fleet.settings.writing.marks === "predecessor") return plain;
  const byHost = new Map<string, readonly RoutingFact[]>();
  const findings: Finding[] = [...(plain.findings ?? [])];
  for (const host of intent.hosts) {
    const rules = usersRules(input, host).filter((rule) => {
      // Two rules of one name for two hosts would be one object: the younger one's host keeps ours.
      const holder = holderOf(fleet, rule);
      const isHeld = holder.hosts.every((other) => other.toLowerCase() !== host.host.toLowerCase());
      if (isHeld) findings.push(nameless(rule, holder));
      return !isHeld;
    });
    if (rules.length > 0) byHost.set(host.host, rules);
  }
  if (byHost.size === 0) return { ...plain, findings };
  const objects = (plain.objects ?? []).map(({ cluster, object }): Placed => {
    const host = textOf((object["spec"] as JsonObject)["host"]);
    const rules = byHost.get(host) ?? [];
    const chosen = rules.find((rule) => rule.cluster === cluster) ?? rules[0];
    if (chosen === undefined) return { cluster, object };
    for (const other of rules) if (!equal(other.spec, chosen.spec)) findings.push(leftOut(other, chosen, cluster));
    const users = merged(copyObject(fleet.settings, chosen), object);
    return { cluster, object: isOfGateway(object, input) ? forGateway(users, object) : users };
  });
  return { objects, findings: [...new Map(findings.map((finding) => [finding.message, finding])).values()] };
}

/** Whether it is the rule that a cluster's gateway alone follows. */
function isOfGateway({ metadata }: KrmObject, { fleet }: IdentityInput): boolean {
  const { gateways, scope } = fleet.settings;
  return metadata.namespace === gateways.namespace && gateways.namespace !== scope.syncNamespace;
}

/** What the user says, at the gateway's own place and with its own Services alone. */
function forGateway(users: KrmObject, ours: KrmObject): KrmObject {
  const spec = users["spec"] as JsonObject;
  const policy = part(spec["trafficPolicy"]);
  const { localityLbSetting } = part(part(part(ours["spec"])["trafficPolicy"])["loadBalancer"]);
  const loadBalancer: JsonObject = { ...part(policy["loadBalancer"]) };
  if (localityLbSetting !== undefined) loadBalancer["localityLbSetting"] = localityLbSetting;
  return { ...ours, spec: { ...spec, trafficPolicy: { ...policy, loadBalancer } } };
}

/** The oldest first. */
function usersRules({ fleet }: IdentityInput, { host }: HostIntent): readonly RoutingFact[] {
  return fleet
    .routing(host)
    .filter((fact) => fact.kind === "DestinationRule" && isCopied(fleet, fact))
    .toSorted((a, b) => compareText(a.createdAt, b.createdAt) || compareText(place(a), place(b)));
}

function place({ cluster, namespace, name }: RoutingFact): string {
  return `${cluster}/${namespace}/${name}`;
}

/** The user's rule with our TLS always, and everything else of ours that it does not say. */
function merged(users: KrmObject, ours: KrmObject): KrmObject {
  const spec = users["spec"] as JsonObject;
  const own = ours["spec"] as JsonObject;
  const policy = part(own["trafficPolicy"]);
  const theirs = part(spec["trafficPolicy"]);
  const tls = policy["tls"];
  const trafficPolicy: JsonObject = { ...policy, ...theirs };
  if (tls === undefined) delete trafficPolicy["tls"];
  else setOwn(trafficPolicy, "tls", tls);
  if (isObject(theirs["connectionPool"]))
    trafficPolicy["connectionPool"] = { ...part(policy["connectionPool"]), ...theirs["connectionPool"] };
  if (isObject(theirs["loadBalancer"])) {
    const locality = part(policy["loadBalancer"])["localityLbSetting"];
    trafficPolicy["loadBalancer"] = {
      ...(locality === undefined ? {} : { localityLbSetting: locality }),
      ...theirs["loadBalancer"],
    };
  }
  // What is said of a port inherits nothing.
  if (Array.isArray(theirs["portLevelSettings"]) && tls !== undefined)
    trafficPolicy["portLevelSettings"] = theirs["portLevelSettings"].map((setting) => ({ ...part(setting), tls }));
  const { exportTo } = own;
  const result: JsonObject = { ...spec, host: own["host"]!, trafficPolicy };
  delete result["exportTo"];
  if (exportTo !== undefined) result["exportTo"] = exportTo;
  const metadata = {
    ...users.metadata,
    labels: { ...users.metadata.labels, ...ours.metadata.labels },
    annotations: { ...users.metadata.annotations, ...ours.metadata.annotations },
  };
  return { ...users, metadata, spec: result };
}

function part(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function leftOut({ kind, ...fact }: RoutingFact, chosen: RoutingFact, cluster: string): Finding {
  const message = `${kind} ${fact.namespace}/${fact.name} of cluster ${fact.cluster} differs from ${chosen.namespace}/${chosen.name} of cluster ${chosen.cluster}, which counts in cluster ${cluster}`;
  const { namespace, name } = fact;
  return meshFinding("FL818", { message, object: { apiVersion: networking, kind, namespace, name } });
}
