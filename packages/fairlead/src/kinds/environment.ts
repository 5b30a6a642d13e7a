import type { KindDefinition } from "./define.ts";
import { MapOf, StringEnum, StringMap, Type, type Static } from "./schema.ts";

export const EnvironmentSpec = Type.Object(
  {
    default: Type.Optional(
      Type.Boolean({ description: "The environment that counts when none is named and there are several." }),
    ),
    routes: Type.Optional(
      Type.Object(
        {
          target: Type.Optional(
            StringEnum(["traefik", "gateway", "ingress"], {
              description: "What routes are written for; traefik unless said otherwise.",
            }),
          ),
          entryPoints: Type.Optional(
            Type.Array(Type.String(), {
              description: "Traefik's entry points for public routes; [websecure] unless said otherwise.",
            }),
          ),
          internalEntryPoints: Type.Optional(
            Type.Array(Type.String(), {
              description: "Traefik's entry points for routes with `internal: true`; [internal] unless said otherwise.",
            }),
          ),
          gateway: Type.Optional(
            Type.Object(
              {
                name: Type.String(),
                namespace: Type.Optional(Type.String()),
                sectionName: Type.Optional(Type.String()),
              },
              { description: "The Gateway of public routes." },
            ),
          ),
          internalGateway: Type.Optional(
            Type.Object(
              {
                name: Type.String(),
                namespace: Type.Optional(Type.String()),
                sectionName: Type.Optional(Type.String()),
              },
              { description: "The Gateway of internal routes." },
            ),
          ),
          ingressClass: Type.Optional(Type.String({ description: "The IngressClass of public routes." })),
          internalIngressClass: Type.Optional(Type.String({ description: "The IngressClass of internal routes." })),
          issuer: Type.Optional(
            Type.Object(
              { name: Type.String(), kind: Type.Optional(StringEnum(["ClusterIssuer", "Issuer"])) },
              { description: "The cert-manager issuer; the ClusterIssuer letsencrypt unless said otherwise." },
            ),
          ),
          certResolver: Type.Optional(Type.String({ description: "Traefik's certificate resolver." })),
          vpnSourceRanges: Type.Optional(
            Type.Array(Type.String(), {
              description:
                "The address ranges that `vpn: true` lets in; without them the shared middleware vpn-only of namespace traefik is used.",
            }),
          ),
          internalDomain: Type.Optional(
            Type.String({ description: "The domain of internal host names, such as `internal.example`." }),
          ),
        },
        { description: "How routes are written, once for a whole project." },
      ),
    ),
    scaling: Type.Optional(
      Type.Object({
        engine: Type.Optional(StringEnum(["keda", "hpa"])),
        authentication: Type.Optional(
          Type.String({ description: "The TriggerAuthentication of queue triggers that name none." }),
        ),
      }),
    ),
    messaging: Type.Optional(
      Type.Object({
        engine: Type.Optional(
          StringEnum(["pubsub", "rabbitmq"], {
            description: "What Topics and Subscriptions become; pubsub unless said otherwise.",
          }),
        ),
        project: Type.Optional(Type.String({ description: "The Google Cloud project of Pub/Sub and IAM objects." })),
        rabbitmqCluster: Type.Optional(Type.Object({ name: Type.String(), namespace: Type.Optional(Type.String()) })),
        vhost: Type.Optional(Type.String()),
      }),
    ),
    monitoring: Type.Optional(
      Type.Object({
        via: Type.Optional(StringEnum(["PodMonitor", "ServiceMonitor", "annotations"])),
        labels: Type.Optional(StringMap({ description: "Labels of every monitor." })),
      }),
    ),
    labels: Type.Optional(StringMap({ description: "Labels of every object that is rendered with standard labels." })),
    hardening: Type.Optional(
      MapOf(Type.Boolean(), { description: "Switches of `hardening` for every workload that does not set them." }),
    ),
  },
  { description: "What differs between environments and is not a matter of one object." },
);
export type EnvironmentSpec = Static<typeof EnvironmentSpec>;

export const environment: KindDefinition = {
  kind: "Environment",
  plural: "environments",
  description:
    "Settings for everything that is rendered together. It renders nothing itself; its name selects the patches in `environments`.",
  capability: "workloads",
  spec: EnvironmentSpec,
  columns: [
    { name: "Routes", type: "string", jsonPath: ".spec.routes.target" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  example: {
    apiVersion: "fairlead.dev/v1alpha1",
    kind: "Environment",
    metadata: { name: "prod" },
    spec: { routes: { target: "traefik", issuer: { name: "letsencrypt" } } },
  },
};
