import type { Finding } from "@fairlead/krm";
import type { PolicyKind } from "../model/facts.ts";
import type { Fleet, IdentityFacts } from "../model/fleet.ts";
import { type Choice, choose } from "./policy/choice.ts";
import { connectionsOf } from "./policy/connection.ts";
import { chooseTrafficConfig, slowStartSeconds } from "./policy/slow-start.ts";
import { type TrafficRule, trafficRulesOf } from "./policy/traffic-rules.ts";
import type { Environment } from "./sources.ts";
import type { TrafficInput } from "./traffic.ts";

/** The policies that count for an environment. */
export interface EnvironmentPolicies {
  readonly rules: readonly TrafficRule[];
  readonly input: TrafficInput;
  readonly choices: readonly { readonly kind: PolicyKind; readonly choice: Choice }[];
  readonly findings: readonly Finding[];
}

export function policiesOf(facts: IdentityFacts, environment: Environment, fleet: Fleet): EnvironmentPolicies {
  const { settings } = fleet;
  const traffic = choose("GlobalTrafficPolicy", facts, environment, settings);
  const outlier = choose("OutlierDetection", facts, environment, settings);
  const connection: Choice = settings.traffic.clientConnections
    ? choose("ClientConnectionConfig", facts, environment, settings)
    : { chosen: undefined, overruled: [] };
  const slowStart = chooseTrafficConfig(facts, environment, settings);
  const read = traffic.chosen === undefined ? undefined : trafficRulesOf(traffic.chosen);
  const connections = connectionsOf(connection.chosen, settings);
  return {
    rules: read?.rules ?? [],
    input: {
      outlier: outlier.chosen,
      connections,
      slowStartSeconds: slowStartSeconds(slowStart.chosen, environment.env),
      oldestRegion: fleet.cluster(environment.workloads[0]!.cluster)?.region ?? "",
    },
    choices: [
      { kind: "GlobalTrafficPolicy", choice: traffic },
      { kind: "OutlierDetection", choice: outlier },
      { kind: "ClientConnectionConfig", choice: connection },
      { kind: "TrafficConfig", choice: slowStart },
    ],
    findings: [...(read?.findings ?? []), ...connections.findings],
  };
}
