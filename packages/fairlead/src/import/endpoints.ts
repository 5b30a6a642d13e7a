import { equal, get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

const probes = ["readinessProbe", "livenessProbe", "startupProbe"] as const;

/**
 * Specs in which a port of the main container is written as `http` or `grpc`, the shortest first. Whether one means the
 * same is for the caller to find out.
 */
export function endpointCandidates(spec: JsonObject, name: string): JsonObject[] {
  const containers = spec["containers"];
  if (!Array.isArray(containers)) return [];
  const index = containers.length === 1 ? 0 : containers.findIndex((container) => get(container, "name") === name);
  const main = containers[index];
  if (!isObject(main) || !Array.isArray(main["ports"])) return [];
  return (["http", "grpc"] as const).flatMap((kind) =>
    main[kind] !== undefined
      ? []
      : (main["ports"] as JsonValue[]).flatMap((port) => withEndpoint(spec, main, index, port, kind)),
  );
}

function withEndpoint(
  spec: JsonObject,
  main: JsonObject,
  index: number,
  port: JsonValue,
  kind: "http" | "grpc",
): JsonObject[] {
  const number = get(port, "containerPort");
  const name = get(port, "name");
  // Other names may be anything's: only a port that says so is taken for HTTP or gRPC.
  if (typeof number !== "number" || typeof name !== "string" || !name.startsWith(kind)) return [];
  const ports = (main["ports"] as JsonValue[]).filter((one) => one !== port);
  const servicePort = servicePortOf(spec, name, number);
  const base = {
    port: number,
    ...(name !== kind && { name }),
    ...(servicePort !== undefined && servicePort !== number && { servicePort }),
  };
  const { ports: _ports, ...rest } = main;
  const others = ports.length > 0 ? { ports } : {};
  const asked = withoutProbes(rest);
  const handler = handlerOf(main, kind);
  const forms: JsonObject[] = [
    ...(handler === undefined ? [] : [{ ...asked, ...others, [kind]: { ...base, ...handler } }]),
    { ...rest, ...others, [kind]: { ...base, probe: false } },
  ];
  return forms.flatMap((container) => {
    const containers = (spec["containers"] as JsonValue[]).map((one, at) => (at === index ? ordered(container) : one));
    const shorter: JsonObject = { ...spec, containers };
    const services = withoutServicePorts(shorter);
    return [...services, shorter].flatMap((candidate) => [
      candidate,
      {
        ...candidate,
        hardening: { ...(isObject(candidate["hardening"]) ? candidate["hardening"] : {}), preStop: false },
      },
    ]);
  });
}

/** The path or gRPC service that all three probes ask for, if they do. */
function handlerOf(container: JsonObject, kind: "http" | "grpc"): JsonObject | undefined {
  const handlers = probes.map((probe) => get(container[probe], kind === "http" ? "httpGet" : "grpc"));
  const [first] = handlers;
  if (kind === "http" && first === undefined) {
    return probes.every((probe) => isObject(get(container[probe], "tcpSocket"))) ? {} : undefined;
  }
  if (first === undefined || !handlers.every((handler) => equal(handler, first))) return undefined;
  const path = get(first, "path");
  const service = get(first, "service");
  return { ...(path !== undefined && { path }), ...(service !== undefined && { service }) };
}

function withoutProbes(container: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(container).filter(([key]) => !(probes as readonly string[]).includes(key)));
}

function servicePortOf(spec: JsonObject, name: string, number: number): number | undefined {
  const ports = get(spec["service"], "ports");
  const found = (Array.isArray(ports) ? ports : []).find((port) => {
    const target = get(port, "targetPort") ?? get(port, "port");
    return target === name || target === number;
  });
  const port = get(found, "port");
  return typeof port === "number" ? port : undefined;
}

function withoutServicePorts(spec: JsonObject): JsonObject[] {
  const service = spec["service"];
  if (!isObject(service) || service["ports"] === undefined) return [];
  const { ports: _ports, ...rest } = service;
  const { service: _service, ...others } = spec;
  return Object.keys(rest).length === 0 ? [others] : [{ ...spec, service: rest }];
}

/** Name and image first, the endpoint where ports stand. */
function ordered(container: JsonObject): JsonObject {
  const { name, image, http, grpc, resources, ...rest } = container;
  return {
    ...(name !== undefined && { name }),
    ...(image !== undefined && { image }),
    ...rest,
    ...(http !== undefined && { http }),
    ...(grpc !== undefined && { grpc }),
    ...(resources !== undefined && { resources }),
  };
}
