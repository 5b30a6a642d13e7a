import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { integer, object } from "../shared/read.ts";
import { compatAnalysisAnnotations } from "./canary-analysis.ts";
import type { WorkloadContext } from "./context.ts";
import { planDaemonSet } from "./daemon-set.ts";
import { datadogLabels } from "./datadog.ts";
import { planDeployment } from "./deployment.ts";
import { podTemplate } from "./pod.ts";
import { planReload } from "./reload.ts";
import { workloadKind } from "./replicas.ts";
import { planRollout } from "./rollout.ts";
import { planStatefulSet } from "./stateful-set.ts";

/** The object that runs the pods. */
export function planWorkload(context: WorkloadContext<AppSpec>): KrmObject {
  const { declaration, world, spec } = context;
  const reload = planReload(context);
  const metadata = objectMetadata(declaration, world, {
    name: context.name,
    labels: datadogLabels(context),
    annotations: { ...compatAnalysisAnnotations(context), ...reload.workload },
    primary: true,
  });
  const template: JsonObject = podTemplate(context, reload.pod);
  switch (workloadKind(spec)) {
    case "Deployment":
      return planDeployment(context, metadata, template, fixedReplicas(context));
    case "StatefulSet":
      return planStatefulSet(context, metadata, template, fixedReplicas(context));
    case "DaemonSet":
      return planDaemonSet(context, metadata, template);
    case "Rollout":
      return planRollout(context, metadata, template, fixedReplicas(context));
  }
}

/** Written beside scaling they would undo the autoscaler at every apply; exact mode keeps what is written. */
function fixedReplicas(context: WorkloadContext<AppSpec>): number | undefined {
  const scaled = object(context.spec.scaling) !== undefined && context.mode !== "exact";
  return scaled ? undefined : integer(context.spec.replicas);
}
