import { isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { RouteLoadBalancer } from "../../kinds/route-parts.ts";
import { fields, filled } from "../shared/fields.ts";
import { sorted } from "../shared/metadata.ts";
import { stringMap } from "../shared/read.ts";
import { workloadContext } from "../workloads/context.ts";
import { selectorLabels } from "../workloads/labels.ts";
import { asRange } from "./addresses.ts";
import type { Lookup } from "./backend.ts";
import { checkRanges } from "./middlewares.ts";
import type { ResolvedRoute } from "./model.ts";
import { appPorts, choosePort, listPorts, objectPorts, type KnownPort } from "./service-port.ts";

/** A Service of type LoadBalancer, or two: few providers take TCP and UDP in one. */
export function loadBalancer(route: ResolvedRoute, lookup: Lookup): readonly KrmObject[] {
  const { spec } = route.declaration;
  if (spec.expose !== "loadBalancer") return [];
  reportLeftOut(route);
  const target = podsOf(lookup);
  const settings = spec.loadBalancer ?? {};
  if (target === undefined) return [];
  const ports = eachOnce(route, publicPorts(route, target));
  const name = settings.name ?? `${route.name}-lb`;
  const make = (objectName: string, list: readonly JsonObject[]): KrmObject[] =>
    list.length === 0 ? [] : [loadBalancerService(route, lookup, settings, objectName, target.selector, list)];
  if (settings.mixedProtocols === true) return make(name, ports);
  const udp = ports.filter((port) => port["protocol"] === "UDP");
  const rest = ports.filter((port) => port["protocol"] !== "UDP");
  return [...make(name, rest), ...make(rest.length === 0 ? name : `${name}-udp`, udp)];
}

interface Pods {
  readonly selector: { readonly [label: string]: string };
  readonly ports: readonly KnownPort[];
  readonly name: string;
}

function podsOf({ declaration, world, report }: Lookup): Pods | undefined {
  const { app: name, service } = declaration.spec;
  const app = name === undefined ? undefined : world.declared("App", declaration.namespace, name);
  if (app !== undefined && isObject(app.spec)) {
    return { selector: selectorLabels(workloadContext(app, world)), ports: appPorts(app, world), name: app.name };
  }
  const plain = world.object("Service", declaration.namespace, service?.name ?? name ?? "");
  const selector = isObject(plain?.["spec"]) ? stringMap(plain["spec"]["selector"]) : {};
  if (plain !== undefined && Object.keys(selector).length > 0) {
    return { selector, ports: objectPorts(plain), name: service?.name ?? name! };
  }
  if (name !== undefined && world.broken("App", declaration.namespace, name)) return undefined;
  const message = `the pods of ${name === undefined ? `Service ${service?.name ?? "(none)"}` : `App ${name}`} are not known`;
  const hint = "a load balancer needs the App, or a Service with a selector, in the input";
  report("FL300", { message, hint, field: ["spec", name === undefined ? "service" : "app"] });
  return undefined;
}

/** A port's number, name or protocol in a text; anything else is refused where the Route is read. */
function scalar(value: JsonValue | undefined): string {
  return typeof value === "string" || typeof value === "number" ? `${value}` : "";
}

/** A Service has each port once for a protocol, and names them all where there are several. */
function eachOnce(route: ResolvedRoute, ports: readonly JsonObject[]): readonly JsonObject[] {
  const numbers = new Set<string>();
  const names = new Set<unknown>();
  return ports.flatMap((port) => {
    const protocol = scalar(port["protocol"]);
    const number = `${protocol} ${scalar(port["port"])}`;
    if (numbers.has(number)) {
      const hint = "write another `publicPort`, or remove it";
      route.report("FL323", { message: `the public port ${number} is there twice`, hint, field: ["spec"] });
      return [];
    }
    numbers.add(number);
    const own = port["name"] ?? (ports.length > 1 ? protocol.toLowerCase() : undefined);
    const name =
      own === undefined || (port["name"] !== undefined && !names.has(own))
        ? own
        : `${scalar(own)}-${scalar(port["port"])}`;
    names.add(name);
    return [fields({ name, ...port, ...(name === undefined ? {} : { name }) })];
  });
}

function publicPorts(route: ResolvedRoute, pods: Pods): readonly JsonObject[] {
  const { spec } = route.declaration;
  const tcp = spec.tcp ?? [];
  const udp = spec.udp ?? [];
  if (tcp.length === 0 && udp.length === 0) {
    if (spec.port !== undefined) return portFor(route, pods, {}, "tcp", ["spec", "port"]);
    return pods.ports.filter(({ name }) => !/(^|-)metrics$/.test(name)).map((port) => servicePort(port, port.port));
  }
  return [
    ...tcp.flatMap((rule, index) => portFor(route, pods, rule, "tcp", ["spec", "tcp", index])),
    ...udp.flatMap((rule, index) => portFor(route, pods, rule, "udp", ["spec", "udp", index])),
  ];
}

function portFor(
  route: ResolvedRoute,
  pods: Pods,
  rule: { readonly port?: number | string; readonly publicPort?: number },
  purpose: "tcp" | "udp",
  field: FieldPath,
): readonly JsonObject[] {
  const chosen = choosePort(pods.ports, rule.port ?? route.declaration.spec.port, purpose);
  if (chosen.kind === "port") return [servicePort(chosen.port, rule.publicPort ?? chosen.port.port)];
  const known = `${pods.name} has ${listPorts(pods.ports) || "none"}`;
  if (chosen.kind === "unclear") {
    route.report("FL302", {
      message: `which ${purpose} port is meant is not clear`,
      hint: `write \`port\`; ${known}`,
      field,
    });
  } else {
    route.report("FL301", { message: `there is no ${purpose} port ${chosen.wanted}`, hint: known, field });
  }
  return [];
}

function servicePort(port: KnownPort, number: number): JsonObject {
  const { name, protocol, targetPort, appProtocol } = port;
  return fields({ name: name === "" ? undefined : name, protocol, appProtocol, port: number, targetPort });
}

function loadBalancerService(
  route: ResolvedRoute,
  { world, report }: Lookup,
  settings: RouteLoadBalancer,
  name: string,
  selector: { readonly [label: string]: string },
  ports: readonly JsonObject[],
): KrmObject {
  const { spec } = route.declaration;
  const field = ["spec", "loadBalancer"];
  const vpn = spec.vpn === true ? (world.environment.settings.routes?.vpnSourceRanges ?? []) : [];
  if (spec.vpn === true && vpn.length === 0) {
    const hint = "set routes.vpnSourceRanges in the Environment";
    report("FL321", { message: "the VPN's address ranges are not known", hint, field: ["spec", "vpn"] });
  }
  const ranges = [...checkRanges(settings.sourceRanges ?? [], [...field, "sourceRanges"], report), ...vpn].map(asRange);
  const annotations = {
    ...(route.internal ? internalAnnotations(route, settings) : {}),
    ...(spec.hosts === undefined || spec.hosts.length === 0
      ? {}
      : { "external-dns.alpha.kubernetes.io/hostname": spec.hosts.join(",") }),
    ...settings.annotations,
  };
  const metadata = route.metadata(name, { primary: true, annotations });
  const labels = { ...metadata.labels, ...settings.labels };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: filled(labels) === undefined ? metadata : { ...metadata, labels: sorted(labels) },
    spec: fields({
      type: "LoadBalancer",
      loadBalancerClass: settings.class,
      loadBalancerIP: settings.address,
      loadBalancerSourceRanges: filled([...new Set(ranges)]),
      externalTrafficPolicy: settings.externalTrafficPolicy,
      allocateLoadBalancerNodePorts: settings.allocateNodePorts,
      selector: { ...selector },
      ports: [...ports],
    }),
  };
}

const internalByProvider: { readonly [provider: string]: { readonly [annotation: string]: string } } = {
  gcp: { "networking.gke.io/load-balancer-type": "Internal" },
  aws: { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal" },
  azure: { "service.beta.kubernetes.io/azure-load-balancer-internal": "true" },
};

function internalAnnotations(
  route: ResolvedRoute,
  settings: RouteLoadBalancer,
): { readonly [annotation: string]: string } {
  const { class: name = "" } = settings;
  const guess = /gke\.io/.test(name) ? "gcp" : /aws/.test(name) ? "aws" : /azure/.test(name) ? "azure" : undefined;
  const provider = settings.provider ?? guess;
  if (provider !== undefined) return internalByProvider[provider] ?? {};
  // A class may be an internal one by itself, and annotations may say it.
  if (settings.class === undefined && settings.annotations === undefined) {
    const hint = "write loadBalancer.provider, a class that is internal, or the annotations of your cloud";
    route.report("FL320", {
      message: "how to keep the load balancer internal is not known",
      hint,
      field: ["spec", "internal"],
    });
  }
  return {};
}

function reportLeftOut(route: ResolvedRoute): void {
  const { spec } = route.declaration;
  const left = (["routes", "middlewares", "grpc", "tls", "entryPoints"] as const).filter(
    (key) => spec[key] !== undefined && spec[key] !== false,
  );
  if (left.length === 0) return;
  const message = `a load balancer leaves ${left.join(", ")} out`;
  route.report("FL317", { message, hint: "drop them, or write `expose: router`", field: ["spec", left[0]!] });
}
