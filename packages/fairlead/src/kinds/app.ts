import type { LabelSelector, PersistentVolumeClaim, PodSpec } from "@fairlead/apimachinery/k8s";
import { AppContainer } from "./container.ts";
import type { KindDefinition } from "./define.ts";
import { RolloutSettings, Scaling } from "./scaling.ts";
import {
  IntOrString,
  Kubernetes,
  ListMap,
  PassThrough,
  Open,
  StringEnum,
  Type,
  type Static,
  rules,
  unlessExtending,
} from "./schema.ts";
import { ServiceSettings, podTemplate, workloadOwn } from "./shared.ts";

const DisruptionBudget = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean()),
    name: Type.Optional(Type.String()),
    minAvailable: Type.Optional(IntOrString()),
    maxUnavailable: Type.Optional(IntOrString()),
    unhealthyPodEvictionPolicy: Type.Optional(StringEnum(["IfHealthyBudget", "AlwaysAllow"])),
  },
  {
    description:
      "The PodDisruptionBudget; one pod may be missing unless said otherwise. A single replica never blocks a drain.",
  },
);

export const AppSpec = PassThrough<PodSpec>("io.k8s.api.core.v1.PodSpec", podTemplate)(
  {
    ...workloadOwn,
    containers: Type.Optional(
      ListMap(AppContainer, ["name"], {
        description:
          "The containers; the one named like the App is the main one, and the only container is main by itself.",
      }),
    ),
    initContainers: Type.Optional(
      ListMap(AppContainer, ["name"], {
        description: "Containers that run before; with restartPolicy Always they are sidecars.",
      }),
    ),
    workload: Type.Optional(
      StringEnum(["Deployment", "StatefulSet", "DaemonSet", "Rollout"], {
        description: "What runs the pods. A Deployment, or a Rollout when `rollout` is written.",
      }),
    ),
    replicas: Type.Optional(
      Type.Integer({ minimum: 0, description: "Fixed replicas; left out when `scaling` decides." }),
    ),
    selector: Type.Optional(
      Kubernetes<LabelSelector>("io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector", {
        description: "The workload's selector, for an application that already runs. It cannot be changed later.",
      }),
    ),
    service: Type.Optional(ServiceSettings),
    services: Type.Optional(ListMap(ServiceSettings, ["name"], { description: "Further Services of the same pods." })),
    scaling: Type.Optional(Scaling),
    rollout: Type.Optional(RolloutSettings),
    disruptionBudget: Type.Optional(DisruptionBudget),
    updateStrategy: Type.Optional(
      Open({
        description: "Kubernetes' own: Deployment.spec.strategy, or the updateStrategy of a StatefulSet or DaemonSet.",
      }),
    ),
    minReadySeconds: Type.Optional(Type.Integer({ minimum: 0 })),
    revisionHistoryLimit: Type.Optional(Type.Integer({ minimum: 0 })),
    progressDeadlineSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
    paused: Type.Optional(Type.Boolean()),
    serviceName: Type.Optional(
      Type.String({
        description:
          "The headless Service of a StatefulSet; NAME-headless unless said otherwise, and made by Fairlead then.",
      }),
    ),
    podManagementPolicy: Type.Optional(StringEnum(["OrderedReady", "Parallel"])),
    ordinals: Type.Optional(Open()),
    persistentVolumeClaimRetentionPolicy: Type.Optional(Open()),
    volumeClaimTemplates: Type.Optional(
      Type.Array(Kubernetes<PersistentVolumeClaim>("io.k8s.api.core.v1.PersistentVolumeClaim"), {
        description: "Claims of a StatefulSet, one each per replica.",
      }),
    ),
  },
  {
    description:
      "A service: its containers, how it scales, rolls out, is watched and hardened. Every other field is PodSpec's.",
    ...rules(
      ...unlessExtending(
        ["!has(self.scaling) || has(self.scaling.max)", "scaling needs max"],
        [
          "!has(self.scaling) || !has(self.scaling.min) || self.scaling.min <= self.scaling.max",
          "min must not be above max",
        ],
        [
          "!has(self.scaling) || !has(self.scaling.idle) || self.scaling.idle < (has(self.scaling.min) ? self.scaling.min : 1)",
          "idle must be below min",
        ],
        [
          "!has(self.rollout) || !has(self.rollout.steps) || !has(self.rollout.strategy)",
          "write steps or strategy, not both",
        ],
        [
          "!has(self.disruptionBudget) || !has(self.disruptionBudget.minAvailable) || !has(self.disruptionBudget.maxUnavailable)",
          "write minAvailable or maxUnavailable, not both",
        ],
        [
          "!has(self.volumeClaimTemplates) || (has(self.workload) && self.workload == 'StatefulSet')",
          "volumeClaimTemplates need workload: StatefulSet",
        ],
        [
          "!(has(self.workload) && self.workload == 'DaemonSet' && has(self.scaling))",
          "a DaemonSet runs once per node and cannot scale",
        ],
        [
          "!has(self.rollout) || !has(self.workload) || self.workload == 'Rollout'",
          "rollout needs workload: Rollout, or no workload",
        ],
      ),
    ),
  },
);
export type AppSpec = Static<typeof AppSpec>;

export const app: KindDefinition = {
  kind: "App",
  plural: "apps",
  description:
    "A long-running service. It becomes a Deployment, StatefulSet, DaemonSet or Argo Rollout with everything that belongs to it.",
  capability: "workloads",
  spec: AppSpec,
  columns: [
    // Which one it is when none is written depends on the rest of the declaration: the controller says it.
    { name: "Workload", type: "string", jsonPath: ".status.workload" },
    { name: "Image", type: "string", jsonPath: ".spec.containers[0].image" },
    { name: "Part of", type: "string", jsonPath: ".spec.partOf", priority: 1 },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  example: {
    apiVersion: "fairlead.dev/v1alpha1",
    kind: "App",
    metadata: { name: "orders-api", namespace: "shop" },
    spec: {
      partOf: "shop",
      containers: [
        {
          name: "orders-api",
          image: "registry.example/orders:1.4.2",
          http: { port: 8000, path: "/healthz" },
          resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
        },
      ],
      scaling: { min: 2, max: 10, cpu: 70 },
    },
  },
};
