import { dns1123LabelProblem, dns1123SubdomainProblem } from "@fairlead/apimachinery";
import type { WorkloadFact } from "../model/facts.ts";
import type { MeshSettings } from "../model/settings.ts";

/** The host of an identity in an environment, in lower case unless the workload keeps it. */
export function baseHost(identity: string, env: string, workload: WorkloadFact, settings: MeshSettings): string {
  const { names } = settings;
  const values: { readonly [name: string]: string } = { env, identity, suffix: names.suffix };
  const host = names.template.replaceAll(/\{(env|identity|suffix)\}/g, (_, name: string) => values[name] ?? "");
  const keeps =
    Object.hasOwn(workload.annotations, names.keepCaseAnnotation) &&
    workload.annotations[names.keepCaseAnnotation] === "true";
  return keeps ? host : host.toLowerCase();
}

/** The longest host: names of objects add at most `-default-dr`, and a region or pod may stand in front. */
const longest = 253 - "-default-dr".length;

/** Why a host cannot be one, or undefined. */
export function hostProblem(host: string): string | undefined {
  const lower = host.toLowerCase();
  if (lower.length > longest) return `it is longer than ${longest} characters`;
  if (lower.split(".").some((part) => part.length > 63)) return "a part of it is longer than 63 characters";
  return dns1123SubdomainProblem(lower);
}

/** The host of a region's backends, for weights between regions; undefined if its name fits into no host. */
export function regionHost(region: string, host: string): string | undefined {
  const label = region.toLowerCase().replaceAll("_", "-");
  return dns1123LabelProblem(label) === undefined ? `${label}.region.${host}` : undefined;
}
