import { nearest, type FieldPath } from "@fairlead/apimachinery";
import type { AppSpec } from "../../kinds/app.ts";
import type { RouteSpec } from "../../kinds/route.ts";
import type { ServiceBackend } from "../../kinds/route-parts.ts";
import type { Declaration } from "../declaration.ts";
import type { Reporter } from "../shared/report.ts";
import { text } from "../shared/read.ts";
import { hasService, serviceName } from "../workloads/ports.ts";
import type { World } from "../world.ts";
import { canaryOf } from "./canary.ts";
import { compatService } from "./compat-service.ts";
import type { Backend, RouteCode } from "./model.ts";
import { appPorts, choosePort, listPorts, objectPorts, type KnownPort, type Purpose } from "./service-port.ts";

/** What a rule says of where its requests go. */
export interface Wanted {
  readonly app?: string | undefined;
  readonly service?: ServiceBackend | undefined;
  readonly port?: number | string | undefined;
  readonly weight?: number | undefined;
}

export interface Lookup {
  readonly declaration: Declaration<RouteSpec>;
  readonly world: World;
  readonly report: Reporter<RouteCode>;
}

/** Finds the Service and the port that are meant; what is missing is reported and gives undefined. */
export function resolveBackend(
  lookup: Lookup,
  wanted: Wanted,
  purpose: Purpose,
  field: FieldPath,
): Backend | undefined {
  const { app, service } = wanted;
  if (app !== undefined && service !== undefined) {
    lookup.report("FL319", {
      message: `both app ${app} and Service ${service.name} are named`,
      field,
      hint: "keep one",
    });
    return undefined;
  }
  if (app !== undefined) return appBackend(lookup, app, wanted, purpose, field);
  if (service !== undefined) return serviceBackend(lookup, service, wanted, purpose, field);
  const hint = "write `app` with the name of an App of this namespace, or `service` with a Service";
  lookup.report("FL300", { message: "neither app nor service is named", field, hint });
  return undefined;
}

function appBackend(
  lookup: Lookup,
  name: string,
  wanted: Wanted,
  purpose: Purpose,
  field: FieldPath,
): Backend | undefined {
  const { declaration, world, report } = lookup;
  const app = world.declared("App", declaration.namespace, name);
  if (app === undefined) {
    if (world.broken("App", declaration.namespace, name)) return assumedBackend(name, wanted, purpose);
    const plain = world.object("Service", declaration.namespace, name);
    if (plain !== undefined) return portOf(lookup, name, objectPorts(plain), wanted, purpose, field, undefined);
    const made = compatService(lookup, name);
    if (made !== undefined) return portOf(lookup, name, objectPorts(made), wanted, purpose, field, undefined);
    const hint = nearbyApp(lookup, name);
    const message = `there is no App ${name} in ${place(declaration.namespace)}`;
    if (hint !== undefined) {
      report("FL300", { message, field, hint });
      return undefined;
    }
    const otherwise = "declare the App, or name the Service that answers in `service`";
    report("FL300", { message, field, hint: otherwise, severity: "warning" });
    return assumedBackend(name, wanted, purpose);
  }
  const ports = appPorts(app, world);
  if (ports.length === 0) {
    const why = hasService(app, world) ? "has no ports" : "has no Service";
    const hint = "declare a port at a container of the App, such as `http: {port: 8080}`";
    report(purpose === "grpc" ? "FL305" : "FL301", { message: `the App ${name} ${why}`, field, hint });
    return undefined;
  }
  return portOf(lookup, serviceName(app), ports, wanted, purpose, field, app);
}

function serviceBackend(
  lookup: Lookup,
  service: ServiceBackend,
  wanted: Wanted,
  purpose: Purpose,
  field: FieldPath,
): Backend | undefined {
  const { declaration, world, report } = lookup;
  const elsewhere = service.namespace !== undefined && service.namespace !== declaration.namespace;
  const namespace = elsewhere ? service.namespace : undefined;
  if (elsewhere) {
    const hint = "put the Route into that namespace, or allow it there";
    report("FL315", { message: `Service ${service.name} is in namespace ${service.namespace}`, field, hint });
  }
  const scheme = service.scheme ?? (purpose === "grpc" ? "h2c" : undefined);
  const port = service.port ?? wanted.port;
  const plain = world.object("Service", namespace ?? declaration.namespace, service.name);
  const app = plain === undefined && !elsewhere ? appOfService(lookup, service.name) : undefined;
  const ports = plain !== undefined ? objectPorts(plain) : app === undefined ? [] : appPorts(app, world);
  if (ports.length > 0) {
    const found = portOf(lookup, service.name, ports, { ...wanted, port }, purpose, field, undefined);
    return found === undefined ? undefined : { ...found, namespace, scheme: scheme ?? found.scheme };
  }
  if (port === undefined) {
    const hint = "write `port` with its number or name";
    report("FL302", { message: `the port of Service ${service.name} is not known`, field, hint });
    return undefined;
  }
  const number = typeof port === "string" && /^\d+$/.test(port) ? Number(port) : port;
  return { kind: "Service", name: service.name, namespace, port: number, weight: wanted.weight, scheme };
}

function appOfService(lookup: Lookup, name: string): Declaration<AppSpec> | undefined {
  const app = lookup.world.declared("App", lookup.declaration.namespace, name);
  return app !== undefined && serviceName(app) === name ? app : undefined;
}

function portOf(
  lookup: Lookup,
  service: string,
  ports: readonly KnownPort[],
  wanted: Wanted,
  purpose: Purpose,
  field: FieldPath,
  app: Declaration<AppSpec> | undefined,
): Backend | undefined {
  const chosen = choosePort(ports, wanted.port, purpose);
  const known = `it has ${listPorts(ports) || "none"}`;
  if (chosen.kind === "port") {
    const scheme = purpose === "grpc" ? "h2c" : chosen.port.appProtocol === "https" ? "https" : undefined;
    const { port } = chosen.port;
    const split = app === undefined ? undefined : canaryOf(app, lookup.world, port);
    return { kind: "Service", name: service, port, weight: wanted.weight, scheme, ...split };
  }
  if (chosen.kind === "unknown") {
    const instead = chosen.behind === undefined ? known : `that is the container's port: write ${chosen.behind.port}`;
    const code = purpose === "grpc" ? "FL305" : "FL301";
    lookup.report(code, {
      message: `Service ${service} has no ${purpose} port ${chosen.wanted}`,
      field,
      hint: hintFor(purpose, instead),
    });
    return undefined;
  }
  if (purpose === "grpc") {
    const hint = `declare \`grpc: {port: …}\` at the container, or write the port here; ${known}`;
    lookup.report("FL305", { message: `the grpc port was not found on Service ${service}`, field, hint });
    return undefined;
  }
  const hint = `write \`port\`; ${known}`;
  lookup.report("FL302", { message: `which port of Service ${service} is meant is not clear`, field, hint });
  return undefined;
}

function hintFor(purpose: Purpose, hint: string): string {
  return purpose === "udp" ? `${hint}; a UDP port has protocol UDP` : hint;
}

/** An App that lives elsewhere is taken to have the usual ports, by name. */
function assumedBackend(name: string, wanted: Wanted, purpose: Purpose): Backend | undefined {
  const port = wanted.port ?? (purpose === "http" || purpose === "grpc" ? purpose : undefined);
  if (port === undefined) return undefined;
  return { kind: "Service", name, port, weight: wanted.weight, scheme: purpose === "grpc" ? "h2c" : undefined };
}

/** An App, or a workload that is passed through, that may have been meant. */
function nearbyApp({ declaration, world }: Lookup, name: string): string | undefined {
  const apps = world.allDeclared("App");
  const here = apps.filter((app) => app.namespace === declaration.namespace).map((app) => app.name);
  const workloads = ["Deployment", "StatefulSet", "Rollout"].flatMap((kind) => world.allObjects(kind));
  const guess = nearest(name, [...here, ...workloads.map((object) => text(object.metadata.name) ?? "")]);
  if (guess !== undefined) return `did you mean ${guess}?`;
  const elsewhere = apps.find((app) => app.name === name);
  if (elsewhere !== undefined) return `the App ${name} is in ${place(elsewhere.namespace)}: put the Route there`;
  const workload = workloads.find((object) => object.metadata.name === name);
  if (workload === undefined) return undefined;
  return `there is a ${workload.kind} ${name}, but no Service for it: write one, or import the ${workload.kind} as an App`;
}

function place(namespace: string | undefined): string {
  return namespace === undefined ? "the input" : `namespace ${namespace}`;
}
