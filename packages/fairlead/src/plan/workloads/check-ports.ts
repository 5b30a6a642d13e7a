import { nearest, type FieldPath } from "@fairlead/apimachinery";
import { isPort, isPortName } from "../shared/names.ts";
import { object, shown, text } from "../shared/read.ts";
import { placedContainers, type PlacedContainer } from "./check-containers.ts";
import { portsOf, protocolOf } from "./container-ports.ts";
import type { WorkloadContext } from "./context.ts";

/** Names, numbers and repetitions of container ports, and the ports that probes name. */
export function checkPorts(context: WorkloadContext): void {
  const numbers = new Map<string, string>();
  for (const placed of placedContainers(context)) {
    checkEndpoints(context, placed);
    checkDeclared(context, placed, numbers);
    checkProbes(context, placed);
  }
}

function checkEndpoints(context: WorkloadContext, { container, field }: PlacedContainer): void {
  const http = object(container.http);
  const grpc = object(container.grpc);
  for (const [name, endpoint] of [["http", http] as const, ["grpc", grpc] as const]) {
    if (endpoint !== undefined && !isPort(endpoint.port)) badNumber(context, endpoint.port, [...field, name, "port"]);
  }
  if (http !== undefined && grpc !== undefined && http.port === grpc.port) {
    context.report("FL207", {
      message: `http and grpc of container ${shown(container.name)} are both on port ${shown(http.port)}`,
      hint: "write grpc only when both are served on one port",
      field: [...field, "grpc", "port"],
    });
  }
}

function badNumber(context: WorkloadContext, port: unknown, field: FieldPath): void {
  const message = `${shown(port)} is no port number`;
  context.report("FL206", { message, hint: "write a number from 1 to 65535", field });
}

function checkDeclared(context: WorkloadContext, placed: PlacedContainer, numbers: Map<string, string>): void {
  const { container, field } = placed;
  const names = new Set<string>();
  const own = new Map<string, "http" | "grpc" | undefined>();
  for (const [index, { port, endpoint }] of portsOf(context, container).entries()) {
    const at: FieldPath = endpoint === undefined ? [...field, "ports", index] : [...field, endpoint];
    if (!isPort(port.containerPort)) {
      if (endpoint === undefined) badNumber(context, port.containerPort, [...at, "containerPort"]);
      continue;
    }
    const name = text(port.name);
    if (name !== undefined && !isPortName(name)) {
      const hint = "use at most 15 lower-case letters, digits and dashes";
      context.report("FL205", {
        message: `${JSON.stringify(name.slice(0, 40))} is no name for a port`,
        hint,
        field: [...at, "name"],
      });
    }
    if (name !== undefined && names.has(name)) {
      const message = `two ports of container ${shown(container.name)} are named ${name}`;
      context.report("FL207", { message, hint: "rename one of them", field: [...at, "name"] });
    }
    if (name !== undefined) names.add(name);
    const key = `${port.containerPort}/${protocolOf(port)}`;
    const other = numbers.get(key);
    // http and grpc on one port have their own finding.
    if (own.has(key) && (endpoint === undefined || own.get(key) === undefined)) {
      const message = `port ${key} is listed twice in container ${shown(container.name)}`;
      // The predecessor wrote an endpoint's port beside the listed one, and such a workload runs.
      const severity = endpoint === undefined ? "error" : "warning";
      context.report("FL207", { severity, message, hint: "remove one of the two", field: at });
    } else if (other !== undefined && other !== shown(container.name)) {
      const message = `containers ${other} and ${shown(container.name)} both listen on port ${key}, and share one network`;
      context.report("FL207", { severity: "warning", message, hint: "give one of them another port", field: at });
    }
    own.set(key, endpoint);
    numbers.set(key, shown(container.name));
  }
}

const probeFields = ["readinessProbe", "livenessProbe", "startupProbe"] as const;

/** The kubelet looks for a named port in the probe's own container. */
function checkProbes(context: WorkloadContext, { container, field }: PlacedContainer): void {
  const ports = portsOf(context, container).map(({ port }) => port);
  for (const name of probeFields) {
    const probe = object(container[name]);
    for (const action of ["httpGet", "tcpSocket"] as const) {
      const wanted = object(probe?.[action])?.port;
      if (typeof wanted !== "string" || ports.some((port) => port.name === wanted)) continue;
      const names = ports.flatMap((port) => text(port.name) ?? []);
      context.report("FL208", {
        message: `${name} of container ${shown(container.name)} asks port ${wanted}, which the container does not have`,
        hint: portHint(wanted, names),
        field: [...field, name, action, "port"],
      });
    }
  }
}

export function portHint(wanted: string, names: readonly string[]): string {
  const meant = nearest(wanted, names);
  if (meant !== undefined) return `did you mean ${meant}?`;
  return names.length === 0 ? "declare the port in http, grpc or ports" : `the ports are ${names.join(", ")}`;
}
