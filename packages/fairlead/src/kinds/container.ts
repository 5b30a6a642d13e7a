import type { Container, ResourceRequirements } from "@fairlead/apimachinery/k8s";
import {
  Either,
  IntOrString,
  completedByBase,
  Kubernetes,
  PassThrough,
  StringEnum,
  Type,
  type Static,
} from "./schema.ts";

const HttpEndpoint = Type.Object(
  {
    port: Type.Integer({ minimum: 1, maximum: 65535, description: "The port that the container serves HTTP on." }),
    path: Type.Optional(
      Type.String({
        title: "a path that begins with /",
        pattern: "^/",
        description:
          "The health endpoint; readiness, liveness and startup probes ask it. Without it the probes open the port only.",
      }),
    ),
    name: Type.Optional(
      Type.String({
        description: "The name of the container port and the Service port; `http` unless said otherwise.",
      }),
    ),
    servicePort: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65535,
        description: "The port of the Service; the container's port unless said otherwise.",
      }),
    ),
    probe: Type.Optional(Type.Boolean({ description: "Whether the probes ask it. They do, unless said otherwise." })),
  },
  { description: "Serves HTTP: a container port, a Service port, and the three probes.", ...completedByBase("port") },
);

const GrpcEndpoint = Type.Object(
  {
    port: Type.Integer({ minimum: 1, maximum: 65535, description: "The port that the container serves gRPC on." }),
    service: Type.Optional(Type.String({ description: "The service name that the gRPC health check asks for." })),
    name: Type.Optional(
      Type.String({
        description: "The name of the container port and the Service port; `grpc` unless said otherwise.",
      }),
    ),
    servicePort: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65535,
        description: "The port of the Service; the container's port unless said otherwise.",
      }),
    ),
    probe: Type.Optional(
      Type.Boolean({
        description:
          "Whether the gRPC health protocol is asked by the probes. True, unless `http` already gives the probes.",
      }),
    ),
  },
  {
    description: "Serves gRPC: a container port, a Service port, and a gRPC health probe.",
    ...completedByBase("port"),
  },
);

const own = {
  extends: Type.Optional(
    Type.String({
      description: "The ContainerTemplate that this container starts from; what is written here is merged over it.",
    }),
  ),
  http: Type.Optional(HttpEndpoint),
  grpc: Type.Optional(GrpcEndpoint),
  configs: Type.Optional(
    Type.Array(Type.String(), { description: "ConfigMaps whose keys become environment variables, in order." }),
  ),
  secrets: Type.Optional(
    Type.Array(Type.String(), {
      description: "Secrets whose keys become environment variables, in order, after `configs`.",
    }),
  ),
  resources: Type.Optional(
    Either(StringEnum(["unlimited"]), Kubernetes<ResourceRequirements>("io.k8s.api.core.v1.ResourceRequirements"), {
      description: "CPU and memory requests and limits. Required; `unlimited` says on purpose that there are none.",
    }),
  ),
};

const container = PassThrough<Container>("io.k8s.api.core.v1.Container");

/** A container of an App or a Task: Kubernetes' Container and a few shorthands. */
export const AppContainer = container(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 63,
      description: "The name of the container; the one named like the app is the main one.",
    }),
    ...own,
  },
  {
    description: "A container: every field of Kubernetes' Container, and shorthands for ports, probes and environment.",
  },
);
export type AppContainer = Static<typeof AppContainer>;

/** What a ContainerTemplate holds: a container of which nothing is required. */
export const TemplateContainer = container(
  {
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 63,
        description: "The name that containers get which do not name themselves.",
      }),
    ),
    ...own,
  },
  {
    description:
      "A container of which nothing is required: every field of Kubernetes' Container, and Fairlead's shorthands.",
  },
);
export type TemplateContainer = Static<typeof TemplateContainer>;

export const PortReference = IntOrString({ description: "A port's number or name." });
