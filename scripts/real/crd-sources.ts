/** Third-party kinds that are published as files of a Go module. */
export interface CrdModule {
  readonly module: string;
  readonly version: string;
  /** A file, or a folder whose YAML files are taken, inside the module. */
  readonly path: string;
  /** Of the folder's files, those whose name ends so. */
  readonly suffix?: string;
}

export const crdModules: readonly CrdModule[] = [
  // With Istio's CEL rules: they reject what istiod's webhook would.
  { module: "istio.io/api", version: "1.28.0", path: "kubernetes/customresourcedefinitions.gen.yaml" },
  { module: "sigs.k8s.io/gateway-api", version: "1.4.0", path: "config/crd/standard" },
  { module: "github.com/argoproj/argo-rollouts", version: "1.8.3", path: "manifests/crds", suffix: "-crd.yaml" },
  { module: "github.com/kedacore/keda/v2", version: "2.18.0", path: "config/crd/bases" },
  { module: "github.com/cert-manager/cert-manager", version: "1.19.0", path: "deploy/crds" },
  {
    module: "github.com/traefik/traefik/v3",
    version: "3.6.0",
    path: "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml",
  },
  {
    module: "github.com/prometheus-operator/prometheus-operator",
    version: "0.85.0",
    path: "example/prometheus-operator-crd",
  },
  { module: "github.com/external-secrets/external-secrets", version: "1.3.2", path: "config/crds/bases" },
  { module: "sigs.k8s.io/mcs-api", version: "0.5.2", path: "config/crd" },
];

/** Kinds that no package registry has: files named by their group, in the folder of `FAIRLEAD_CORPUS`. */
export const corpusGroups: readonly string[] = [
  "iam.cnrm.cloud.google.com",
  "pubsub.cnrm.cloud.google.com",
  "rabbitmq.com",
];
