import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject, ObjectMeta } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import { fields, filled } from "../shared/fields.ts";
import { items, object } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { workloadSelector } from "./labels.ts";
import { headlessServiceName } from "./headless-service.ts";

/** The StatefulSet of an App: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/ */
export function planStatefulSet(
  context: WorkloadContext<AppSpec>,
  metadata: ObjectMeta,
  template: JsonObject,
  replicas: number | undefined,
): KrmObject {
  const { spec } = context;
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata,
    spec: fields({
      serviceName: headlessServiceName(context),
      replicas,
      selector: workloadSelector(context),
      podManagementPolicy: spec.podManagementPolicy,
      updateStrategy: filled(object(spec.updateStrategy)),
      minReadySeconds: spec.minReadySeconds,
      ordinals: filled(object(spec.ordinals)),
      persistentVolumeClaimRetentionPolicy: filled(object(spec.persistentVolumeClaimRetentionPolicy)),
      revisionHistoryLimit: spec.revisionHistoryLimit,
      template,
      volumeClaimTemplates: filled([...items(spec.volumeClaimTemplates)]),
    }),
  };
}
