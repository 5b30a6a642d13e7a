import { TemplateContainer } from "./container.ts";
import type { KindDefinition } from "./define.ts";
import type { Static } from "./schema.ts";

export const ContainerTemplateSpec = TemplateContainer;
export type ContainerTemplateSpec = Static<typeof ContainerTemplateSpec>;

export const containerTemplate: KindDefinition = {
  kind: "ContainerTemplate",
  plural: "containertemplates",
  description:
    "A container that several workloads share. It renders nothing itself; containers and other templates extend it.",
  capability: "workloads",
  spec: ContainerTemplateSpec,
  columns: [
    { name: "Image", type: "string", jsonPath: ".spec.image" },
    { name: "Extends", type: "string", jsonPath: ".spec.extends" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  example: {
    apiVersion: "fairlead.dev/v1alpha1",
    kind: "ContainerTemplate",
    metadata: { name: "python-base", namespace: "shop" },
    spec: {
      image: "registry.example/orders:1.4.2",
      configs: ["orders"],
      secrets: ["orders"],
      resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
    },
  },
};
