import type { JsonObject } from "@fairlead/apimachinery";
import type { Lifecycle, ResourceRequirements } from "@fairlead/apimachinery/k8s";
import type { AppContainer } from "../../kinds/container.ts";
import { fields, filled, orderedFields, without } from "../shared/fields.ts";
import { integer, object } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { containerSecurity, hardened } from "./hardening.ts";
import { extraMetricsPort } from "./metrics.ts";
import { portsOf } from "./container-ports.ts";
import { endpointProbes } from "./probes.ts";
import { environmentSources, variables } from "./variables.ts";

/** What is ours in a container; every other field is Kubernetes' and passes through. */
const ownFields = { extends: true, http: true, grpc: true, configs: true, secrets: true, resources: true } as const;

const order = [
  "name",
  "image",
  "imagePullPolicy",
  "restartPolicy",
  "command",
  "args",
  "workingDir",
  "ports",
  "envFrom",
  "env",
  "resources",
  "volumeMounts",
  "volumeDevices",
  "startupProbe",
  "livenessProbe",
  "readinessProbe",
  "lifecycle",
  "securityContext",
];

/** `app` containers serve; `sidecar` is an init container that stays; `init` ends before the others start. */
export type ContainerRole = "app" | "sidecar" | "init";

export function roleOf(container: AppContainer, isInit: boolean): ContainerRole {
  if (!isInit) return "app";
  return container.restartPolicy === "Always" ? "sidecar" : "init";
}

/** A container of the pod, from the shorthands and everything that is written in Kubernetes' own words. */
export function planContainer(context: WorkloadContext, container: AppContainer, role: ContainerRole): JsonObject {
  const serves = context.declaration.kind === "App" && role !== "init" && context.mode !== "compat";
  const ports = portsOf(context, container).map(({ port }) => port);
  const metrics = container === context.main ? extraMetricsPort(context) : undefined;
  if (metrics !== undefined) ports.push(metrics);
  return orderedFields(
    {
      ...(serves ? endpointProbes(context, container) : {}),
      ...without(container, ownFields),
      ports: filled(ports),
      envFrom: filled(environmentSources(container)),
      env: filled(variables(context, container, role !== "init")),
      resources: resourcesOf(container),
      lifecycle: filled(lifecycle(context, container, serves)),
      securityContext: containerSecurity(context, container),
    },
    order,
  );
}

/** `unlimited` says that there are none on purpose, and is nothing that Kubernetes knows. */
export function resourcesOf(container: AppContainer): ResourceRequirements | undefined {
  const { resources } = container;
  return typeof resources === "string" ? undefined : filled(object(resources));
}

/** Seconds in which load balancers learn that a pod is going before it stops to accept connections. */
const sleepSeconds = 5;

/** The container's lifecycle; one that serves sleeps before it stops, within the pod's grace period. */
function lifecycle(context: WorkloadContext, container: AppContainer, serves: boolean): Lifecycle | undefined {
  const written = object(container.lifecycle);
  const endpoint = object(container.http) ?? object(container.grpc);
  if (!serves || endpoint === undefined || !hardened(context, "preStop")) return written;
  if (written?.preStop !== undefined) return written;
  const seconds = Math.min(sleepSeconds, integer(context.spec.terminationGracePeriodSeconds) ?? 30);
  if (seconds < 1) return written;
  return fields({ ...written, preStop: { sleep: { seconds } } });
}
