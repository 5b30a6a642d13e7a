import type { ObjectRef } from "@fairlead/krm";
import type { PolicyFact, WorkloadFact } from "../model/facts.ts";
import type { WorkloadKind } from "../model/settings.ts";

const apiVersions: { readonly [Kind in WorkloadKind]: string } = {
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  Rollout: "argoproj.io/v1alpha1",
  WorkloadEntry: "networking.istio.io/v1",
  ServiceEntry: "networking.istio.io/v1",
  Job: "batch/v1",
  Vertex: "numaflow.numaproj.io/v1alpha1",
  MonoVertex: "numaflow.numaproj.io/v1alpha1",
};

export function workloadRef({ kind, namespace, name }: WorkloadFact): ObjectRef {
  return { apiVersion: apiVersions[kind], kind, namespace, name };
}

export function policyRef({ kind, namespace, name }: PolicyFact): ObjectRef {
  return { apiVersion: "admiral.io/v1alpha1", kind, namespace, name };
}
