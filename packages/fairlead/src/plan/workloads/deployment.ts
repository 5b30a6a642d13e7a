import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject, ObjectMeta } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import { fields, filled } from "../shared/fields.ts";
import { object } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { workloadSelector } from "./labels.ts";

/** The Deployment of an App: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/ */
export function planDeployment(
  context: WorkloadContext<AppSpec>,
  metadata: ObjectMeta,
  template: JsonObject,
  replicas: number | undefined,
): KrmObject {
  const { spec } = context;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: fields({
      replicas,
      selector: workloadSelector(context),
      strategy: filled(object(spec.updateStrategy)),
      minReadySeconds: spec.minReadySeconds,
      progressDeadlineSeconds: spec.progressDeadlineSeconds,
      revisionHistoryLimit: spec.revisionHistoryLimit,
      paused: spec.paused,
      template,
    }),
  };
}
