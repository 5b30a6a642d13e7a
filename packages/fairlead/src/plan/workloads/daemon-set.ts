import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject, ObjectMeta } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import { fields, filled } from "../shared/fields.ts";
import { object } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { workloadSelector } from "./labels.ts";

/** The DaemonSet of an App: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/ */
export function planDaemonSet(
  context: WorkloadContext<AppSpec>,
  metadata: ObjectMeta,
  template: JsonObject,
): KrmObject {
  const { spec } = context;
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata,
    spec: fields({
      selector: workloadSelector(context),
      updateStrategy: filled(object(spec.updateStrategy)),
      minReadySeconds: spec.minReadySeconds,
      revisionHistoryLimit: spec.revisionHistoryLimit,
      template,
    }),
  };
}
