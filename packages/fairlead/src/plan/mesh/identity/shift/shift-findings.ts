import type { Finding } from "@fairlead/krm";
import { meshFinding } from "../../findings.ts";
import type { PolicyFact } from "../../model/facts.ts";
import type { Fleet } from "../../model/fleet.ts";
import type { HostIntent } from "../../model/intent.ts";
import { policyRef } from "../refs.ts";
import { shiftAnnotation, shiftOf } from "./shift-of.ts";

/** Why shares of a host are not moved step by step, although a policy asks for it. */
export function shiftFindings(host: HostIntent, policy: PolicyFact, fleet: Fleet): readonly Finding[] {
  const shift = shiftOf(policy);
  if (shift === undefined || host.shares === undefined) return [];
  const field = ["metadata", "annotations", shiftAnnotation];
  const say = (message: string): readonly Finding[] => [
    meshFinding("FL858", { message, object: policyRef(policy), field }),
  ];
  if (fleet.time === undefined) return say(`there is no time here: ${host.host} has the shares of the policy at once`);
  const { waits, weights } = host.shares;
  if (waits !== undefined) return say(`${host.host} stays at ${weights}: ${waits}`);
  return shift === "unreadable" ? say(`${policy.annotations[shiftAnnotation]} is not such as 10%/5m`) : [];
}
