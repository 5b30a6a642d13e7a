import type { KrmObject } from "@fairlead/krm";
import type { Client } from "../client/client.ts";
import type { ApplyPlan, ApplySetOptions } from "./apply-set.ts";
import { compareObjects } from "./compare-objects.ts";
import { observe, type Observation, type ObserveOptions } from "./observe.ts";
import { planApply } from "./plan/plan-apply.ts";

/** Reads the cluster and plans: what `runApply` and `diffApplySet` begin with. Throws a KubeError. */
export async function planFor(
  client: Client,
  desired: readonly KrmObject[],
  options: ApplySetOptions,
  observing: ObserveOptions = {},
): Promise<ApplyPlan> {
  return planObserved(client, desired, options, await observe(client, desired, options, observing));
}

/** Plans with what was observed before: by `observe`, or by informers. */
export async function planObserved(
  client: Client,
  desired: readonly KrmObject[],
  options: ApplySetOptions,
  observation: Observation,
): Promise<ApplyPlan> {
  const { complete, findings, ...seen } = observation;
  const compare = await compareObjects(client, desired, options.fieldManager);
  const plan = planApply({
    ...seen,
    desired,
    compare,
    options: { ...options, complete: options.complete && complete },
  });
  return { ...plan, findings: [...findings, ...plan.findings] };
}
