import type { KindDefinition } from "./define.ts";
import { Either, StringEnum, Type, type Static, rules } from "./schema.ts";
import { Environments, ServiceAccountSettings } from "./shared.ts";

const Grant = Type.Object({
  role: Type.String({ description: "Such as roles/pubsub.publisher." }),
  resource: Type.Optional(
    Type.Object(
      {
        kind: Type.String({ description: "Config Connector's kind, such as PubSubTopic or Project." }),
        apiVersion: Type.Optional(Type.String()),
        name: Type.Optional(Type.String({ description: "The object's name in the cluster." })),
        namespace: Type.Optional(Type.String()),
        external: Type.Optional(Type.String({ description: "The resource's name in the cloud, such as projects/P." })),
      },
      { description: "What the role is granted on; the whole project unless said otherwise." },
    ),
  ),
  condition: Type.Optional(
    Type.Object({
      title: Type.String(),
      expression: Type.String({ description: "A CEL expression." }),
      description: Type.Optional(Type.String()),
    }),
  ),
});

export const CloudIdentitySpec = Type.Object(
  {
    provider: Type.Optional(StringEnum(["gcp", "aws", "azure"], { description: "gcp unless said otherwise." })),
    serviceAccount: Type.Optional(ServiceAccountSettings),
    project: Type.Optional(
      Type.String({ description: "The Google Cloud project, instead of the Environment's (gcp)." }),
    ),
    account: Type.Optional(
      Type.String({ description: "The Google service account's id; the object's name unless said otherwise (gcp)." }),
    ),
    email: Type.Optional(
      Type.String({ description: "A Google service account that exists; none is made then (gcp)." }),
    ),
    displayName: Type.Optional(Type.String({ description: "For people (gcp)." })),
    description: Type.Optional(Type.String({ description: "For people (gcp)." })),
    roles: Type.Optional(
      Type.Array(Either(Type.String(), Grant), {
        description: "What it may do: roles on the project, or with a resource of their own (gcp).",
      }),
    ),
    roleArn: Type.Optional(Type.String({ description: "The IAM role that pods take (aws)." })),
    clientId: Type.Optional(Type.String({ description: "The managed identity's client id (azure)." })),
    tenantId: Type.Optional(Type.String({ description: "The tenant, where it is not the cluster's (azure)." })),
    partOf: Type.Optional(Type.String({ description: "The label app.kubernetes.io/part-of." })),
    standardLabels: Type.Optional(
      Type.Boolean({ default: true, description: "The app.kubernetes.io labels on every object." }),
    ),
    environments: Type.Optional(Environments),
  },
  {
    description: "An identity in the cloud that pods have without keys.",
    ...rules(
      ["!has(self.roleArn) || (has(self.provider) && self.provider == 'aws')", "roleArn needs provider: aws"],
      ["!has(self.clientId) || (has(self.provider) && self.provider == 'azure')", "clientId needs provider: azure"],
    ),
  },
);
export type CloudIdentitySpec = Static<typeof CloudIdentitySpec>;

export const cloudIdentity: KindDefinition = {
  kind: "CloudIdentity",
  plural: "cloudidentities",
  description:
    "A ServiceAccount that is somebody in the cloud: on Google Cloud with the IAM objects of Config Connector, on AWS and Azure by annotation.",
  capability: "access",
  spec: CloudIdentitySpec,
  columns: [
    { name: "Provider", type: "string", jsonPath: ".spec.provider" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  example: {
    apiVersion: "fairlead.dev/v1alpha1",
    kind: "CloudIdentity",
    metadata: { name: "orders", namespace: "shop" },
    spec: { project: "shop-prod", roles: ["roles/pubsub.publisher"] },
  },
};
