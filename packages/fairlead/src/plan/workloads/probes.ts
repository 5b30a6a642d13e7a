import type { Probe } from "@fairlead/apimachinery/k8s";
import type { AppContainer } from "../../kinds/container.ts";
import { object, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { endpointPort } from "./container-ports.ts";

export interface Probes {
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly startupProbe?: Probe;
}

/**
 * The probes that `http` and `grpc` stand for. HTTP's health path is asked when there is one, otherwise the port is
 * opened; gRPC is asked by its own health protocol. Starting may take two minutes; afterwards a container is out of
 * the Service after 15 seconds of failures and restarted after 30.
 */
export function endpointProbes(context: WorkloadContext, container: AppContainer): Probes {
  const check = httpCheck(context, container) ?? grpcCheck(container);
  if (check === undefined) return {};
  return {
    readinessProbe: { ...check, periodSeconds: 5, timeoutSeconds: 2 },
    livenessProbe: { ...check, periodSeconds: 10, timeoutSeconds: 2 },
    startupProbe: { ...check, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 60 },
  };
}

function httpCheck(context: WorkloadContext, container: AppContainer): Probe | undefined {
  const http = object(container.http);
  const port = endpointPort(context, container, "http");
  if (http === undefined || port === undefined || http.probe === false) return undefined;
  const target = text(port.name) ?? port.containerPort;
  const path = text(http.path);
  return path === undefined ? { tcpSocket: { port: target } } : { httpGet: { path, port: target } };
}

function grpcCheck(container: AppContainer): Probe | undefined {
  const grpc = object(container.grpc);
  if (grpc === undefined || typeof grpc.port !== "number" || grpc.probe === false) return undefined;
  const service = text(grpc.service);
  return { grpc: { port: grpc.port, ...(service === undefined ? {} : { service }) } };
}
