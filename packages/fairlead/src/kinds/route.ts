import type { KindDefinition } from "./define.ts";
import {
  GatewayReference,
  RouteGrpc,
  RouteLoadBalancer,
  RouteMiddleware,
  RouteRule,
  RouteTcp,
  RouteTls,
  RouteUdp,
  ServiceBackend,
} from "./route-parts.ts";
import { Either, StringEnum, Type, type Static, rules } from "./schema.ts";
import { Environments } from "./shared.ts";

export const RouteSpec = Type.Object(
  {
    app: Type.Optional(
      Type.String({ description: "The App that answers, in the Route's namespace. This, or `service`." }),
    ),
    service: Type.Optional(ServiceBackend),
    port: Type.Optional(
      Type.Unsafe<number | string>({
        "x-kubernetes-int-or-string": true,
        description: "The Service port of every rule that names none; the http port unless said otherwise.",
      }),
    ),
    hosts: Type.Optional(
      Type.Array(Type.String(), {
        description: "Host names; `*.shop.example` stands for every name directly below.",
      }),
    ),
    routes: Type.Optional(
      Type.Array(RouteRule, { description: "What of the hosts is routed; everything when left out." }),
    ),
    grpc: Type.Optional(
      Either(Type.Boolean(), RouteGrpc, {
        description:
          "Routes gRPC (HTTP/2 without TLS to the pods) to the App's grpc port, on an internal host unless said otherwise.",
      }),
    ),
    tcp: Type.Optional(Type.Array(RouteTcp, { description: "TCP connections, told apart by entry point and SNI." })),
    udp: Type.Optional(Type.Array(RouteUdp, { description: "UDP datagrams, told apart by entry point." })),
    tls: Type.Optional(
      Either(Type.Boolean(), RouteTls, {
        description:
          "Where the certificate comes from: cert-manager, a Traefik resolver or a Secret. Without it cert-manager asks the Environment's issuer; `false` is no TLS on the route.",
      }),
    ),
    vpn: Type.Optional(
      Type.Boolean({ description: "Only clients of the VPN may come in; holds for every rule that does not say." }),
    ),
    middlewares: Type.Optional(
      Type.Array(RouteMiddleware, { description: "What happens to each request, in order, before a rule's own." }),
    ),
    internal: Type.Optional(
      Type.Boolean({
        description: "Reached from inside only: the Environment's internal entry points, Gateway or class.",
      }),
    ),
    expose: Type.Optional(
      StringEnum(["router", "loadBalancer"], {
        description:
          "`router` (unless said otherwise) goes through the shared proxy; `loadBalancer` gives the App a load balancer of its own.",
      }),
    ),
    loadBalancer: Type.Optional(RouteLoadBalancer),
    target: Type.Optional(
      StringEnum(["traefik", "gateway", "ingress"], {
        description: "What this Route is written for; the Environment's target unless said otherwise.",
      }),
    ),
    entryPoints: Type.Optional(
      Type.Array(Type.String(), { description: "Traefik's entry points, instead of the Environment's." }),
    ),
    gateway: Type.Optional(GatewayReference),
    ingressClass: Type.Optional(Type.String({ description: "The IngressClass, instead of the Environment's." })),
    partOf: Type.Optional(
      Type.String({ description: "The label app.kubernetes.io/part-of; the App's unless said otherwise." }),
    ),
    standardLabels: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          "The app.kubernetes.io labels on every object. When false, each object carries metadata.labels exactly.",
      }),
    ),
    environments: Type.Optional(Environments),
  },
  {
    description: "How requests from outside reach an App.",
    ...rules(["!(has(self.app) && has(self.service))", "write app or service, not both"]),
  },
);
export type RouteSpec = Static<typeof RouteSpec>;

export const route: KindDefinition = {
  kind: "Route",
  plural: "routes",
  description:
    "How requests reach an App. It becomes Traefik routes and middlewares, Gateway API routes, or an Ingress, with its certificate; or a load balancer.",
  capability: "routes",
  spec: RouteSpec,
  columns: [
    { name: "App", type: "string", jsonPath: ".spec.app" },
    { name: "Hosts", type: "string", jsonPath: ".spec.hosts" },
    { name: "Target", type: "string", jsonPath: ".spec.target", priority: 1 },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  example: {
    apiVersion: "fairlead.dev/v1alpha1",
    kind: "Route",
    metadata: { name: "orders", namespace: "shop" },
    spec: {
      app: "orders-api",
      hosts: ["orders.shop.example"],
      routes: [{ path: "/api" }, { path: "/admin", vpn: true }],
    },
  },
};
