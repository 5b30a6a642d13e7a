import { canonicalJson, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { apiVersion } from "../../../kinds/load.ts";
import { labelName } from "../names.ts";
import type { Project, Service } from "../service.ts";
import { boolean, integer } from "../units.ts";
import { labelsOf, under, type TraefikLabel } from "./labels.ts";
import { readMiddleware } from "./middleware.ts";
import { readRule, readSni } from "../../routes/traefik-rule.ts";

export interface Traefik {
  /** The container ports that a service's labels name. */
  ports(service: Service): readonly number[];
  routesOf(service: Service): KrmObject[];
}

const protocols = ["http", "tcp", "udp"] as const;
type Protocol = (typeof protocols)[number];

/** The labels of one router. */
interface Router {
  readonly protocol: Protocol;
  readonly name: string;
  readonly options: ReadonlyMap<string, TraefikLabel>;
}

interface Group {
  readonly shared: JsonObject;
  readonly name: string;
  readonly hosts: Set<string>;
  readonly rules: { readonly hosts: readonly string[]; readonly rule: JsonObject }[];
  readonly tcp: JsonObject[];
  readonly udp: JsonObject[];
}

/** Reads the Traefik labels of all services; middlewares may be declared on any of them. */
export function readTraefik(project: Project): Traefik {
  const middlewares = new Map<string, TraefikLabel[]>();
  for (const service of project.services) {
    if (!enabled(service)) continue;
    for (const label of labelsOf(service)) {
      if (!under(label, "http", "middlewares")) continue;
      const name = label.path[2] ?? "";
      const known = middlewares.get(name);
      if (known === undefined) middlewares.set(name, [label]);
      else known.push(label);
    }
  }
  return {
    ports: (service) => [...new Set(protocols.flatMap((protocol) => [...portsOf(service, protocol).values()]))],
    routesOf: (service) => routesOf(service, project, middlewares),
  };
}

function enabled(service: Service): boolean {
  return labelsOf(service).every((label) => !under(label, "enable") || boolean(label.value) !== false);
}

/** The ports of Traefik's services, by their names. */
function portsOf(service: Service, protocol: Protocol): Map<string, number> {
  const ports = new Map<string, number>();
  if (!enabled(service)) return ports;
  for (const label of labelsOf(service)) {
    if (!under(label, protocol, "services")) continue;
    if (label.path.slice(3).join(".").toLowerCase() !== "loadbalancer.server.port") continue;
    const port = integer(label.value);
    if (port !== undefined && port > 0 && port < 65536) ports.set(label.path[2] ?? "", port);
  }
  return ports;
}

function routersOf(service: Service): Router[] {
  const routers = new Map<string, Router & { options: Map<string, TraefikLabel> }>();
  for (const label of labelsOf(service)) {
    const protocol = protocols.find((one) => under(label, one, "routers"));
    const name = label.path[2];
    if (protocol === undefined || name === undefined) continue;
    const key = `${protocol}.${name}`;
    const router = routers.get(key) ?? { protocol, name, options: new Map<string, TraefikLabel>() };
    router.options.set(label.path.slice(3).join(".").toLowerCase(), label);
    routers.set(key, router);
  }
  return [...routers.values()];
}

function routesOf(
  service: Service,
  project: Project,
  middlewares: ReadonlyMap<string, readonly TraefikLabel[]>,
): KrmObject[] {
  if (!enabled(service)) return [];
  reportUnread(service, project);
  const groups = new Map<string, Group>();
  for (const router of routersOf(service)) {
    const shared = sharedFields(router);
    const key = canonicalJson(shared);
    let group = groups.get(key);
    if (group === undefined)
      groups.set(key, (group = { shared, name: router.name, hosts: new Set(), rules: [], tcp: [], udp: [] }));
    addRouter(router, group, service, project, middlewares);
  }
  const namespace = project.namespace === undefined ? {} : { namespace: project.namespace };
  return [...groups.values()].flatMap((group, index) => {
    const name = index === 0 ? service.objectName : labelName(`${service.objectName}-${group.name}`);
    const spec = routeSpec(group, service, project);
    return spec === undefined ? [] : [{ apiVersion, kind: "Route", metadata: { name, ...namespace }, spec }];
  });
}

function routeSpec(group: Group, service: Service, project: Project): JsonObject | undefined {
  const { rules } = group;
  if (rules.length === 0 && group.tcp.length === 0 && group.udp.length === 0) return undefined;
  const common = rules[0]?.hosts ?? [];
  const same = rules.every(({ hosts }) => canonicalJson([...hosts]) === canonicalJson([...common]));
  const routes = rules.map(({ hosts, rule }) => (same || hosts.length === 0 ? rule : { hosts: [...hosts], ...rule }));
  const whole = same && routes.length === 1 && Object.keys(routes[0]!).length === 0;
  return {
    app: service.objectName,
    ...(project.name !== undefined && { partOf: project.name }),
    ...(same && common.length > 0 && { hosts: [...common] }),
    ...(!whole && routes.length > 0 && { routes }),
    ...(group.tcp.length > 0 && { tcp: group.tcp }),
    ...(group.udp.length > 0 && { udp: group.udp }),
    ...group.shared,
  };
}

/** Entry points and TLS are a Route's, so that routers which agree in them become one. */
function sharedFields({ protocol, options }: Router): JsonObject {
  if (protocol !== "http") return {};
  const entryPoints = (options.get("entrypoints")?.value ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const resolver = options.get("tls.certresolver")?.value;
  const tls =
    resolver !== undefined ||
    boolean(options.get("tls")?.value) === true ||
    [...options.keys()].some((key) => key.startsWith("tls."));
  const usual = entryPoints.length === 0 || (entryPoints.length === 1 && entryPoints[0] === "websecure");
  return {
    ...(!usual && { entryPoints }),
    ...(resolver !== undefined ? { tls: { certResolver: resolver } } : tls ? {} : { tls: false }),
  };
}

const readHttp = new Set(["rule", "entrypoints", "tls", "tls.certresolver", "middlewares", "service", "priority"]);
const readStream = new Set(["rule", "entrypoints", "tls", "tls.passthrough", "service"]);

function addRouter(
  router: Router,
  group: Group,
  service: Service,
  project: Project,
  middlewares: ReadonlyMap<string, readonly TraefikLabel[]>,
): void {
  const { protocol, options } = router;
  for (const [option, label] of options) {
    if ((protocol === "http" ? readHttp : readStream).has(option)) continue;
    project.report(
      "FL567",
      service,
      label.field,
      `service ${service.name}: the label ${label.key} is not carried`,
      "add what it does to the Route",
    );
  }
  const port = portOf(router, service, project);
  const entryPoints = (options.get("entrypoints")?.value ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (protocol === "udp") {
    group.udp.push({ ...(port !== undefined && { port }), ...(entryPoints.length > 0 && { entryPoints }) });
    return;
  }
  const rule = options.get("rule");
  if (protocol === "tcp") {
    const sni = readSni(rule?.value ?? "HostSNI(`*`)");
    if (sni === undefined) {
      project.report(
        "FL567",
        service,
        rule!.field,
        `service ${service.name}: the TCP rule ${rule!.value} is not carried`,
        "write `tcp` of the Route by hand",
      );
      return;
    }
    const passthrough = boolean(options.get("tls.passthrough")?.value) === true;
    const terminated = !passthrough && boolean(options.get("tls")?.value) === true;
    group.tcp.push({
      ...(port !== undefined && { port }),
      ...(entryPoints.length > 0 && { entryPoints }),
      ...(sni.length > 0 && { sni: [...sni] }),
      ...(terminated && { tls: "terminate" }),
    });
    return;
  }
  if (rule === undefined) {
    project.report(
      "FL567",
      service,
      [...options.values()][0]?.field ?? ["labels"],
      `service ${service.name}: the router ${router.name} has no rule, so Traefik's default rule, which is not in this file, decides`,
      "write the Route's hosts",
    );
    return;
  }
  const { hosts, rest } = readRule(rule.value);
  const priority = integer(options.get("priority")?.value ?? null);
  const used = middlewaresOf(router, service, project, middlewares);
  group.rules.push({
    hosts,
    rule: {
      ...rest,
      ...(port !== undefined && { port }),
      ...(used.length > 0 && { middlewares: used }),
      ...(priority !== undefined && priority > 0 && { priority }),
    },
  });
}

/** The Service port, which is the container's; none is needed if there is just one. */
function portOf(router: Router, service: Service, project: Project): number | undefined {
  const ports = portsOf(service, router.protocol);
  const named = router.options.get("service");
  const name = named?.value.replace(/@docker$/, "");
  if (name !== undefined && !ports.has(name)) {
    project.report(
      "FL567",
      service,
      named!.field,
      `service ${service.name}: the router ${router.name} names the Traefik service ${named!.value}, which has no port here`,
      "write the Route's `service` or `app`",
    );
  }
  const port = name === undefined ? [...ports.values()][0] : ports.get(name);
  const declared = [service.value["ports"], service.value["expose"]].flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  return declared.length + ports.size > 1 ? port : undefined;
}

function middlewaresOf(
  { options }: Router,
  service: Service,
  project: Project,
  declared: ReadonlyMap<string, readonly TraefikLabel[]>,
): JsonObject[] {
  const label = options.get("middlewares");
  const result: JsonObject[] = [];
  for (const written of (label?.value ?? "").split(",").map((name) => name.trim())) {
    if (written === "") continue;
    const [name = "", provider = "docker"] = written.split("@");
    const labels = provider === "docker" || provider === "swarm" ? declared.get(name) : undefined;
    if (labels === undefined) {
      project.report(
        "FL567",
        service,
        label!.field,
        `service ${service.name}: the middleware ${written} is not declared in this file`,
        "add it to the Route's `middlewares`",
      );
      continue;
    }
    const { middleware, unknown, users } = readMiddleware(labelName(name), labels);
    for (const one of unknown)
      project.report(
        "FL567",
        service,
        label!.field,
        `the label ${one.key} of the middleware ${name} is not carried`,
        "write the middleware's spec under `traefik` in the Route's `middlewares`",
      );
    if (users !== undefined) {
      project.report(
        "FL560",
        service,
        label!.field,
        `the middleware ${name} needs the Secret ${labelName(name)} with the key users; its lines were not read`,
        `kubectl create secret generic ${labelName(name)} --from-file=users=HTPASSWD-FILE`,
      );
    }
    if (middleware !== undefined)
      result.push({ name: `${service.objectName}-${labelName(name)}`.slice(0, 63), ...middleware });
  }
  return result;
}

/** Labels that are neither of a router nor of a port nor of a middleware. */
function reportUnread(service: Service, project: Project): void {
  for (const label of labelsOf(service)) {
    const known =
      under(label, "enable") ||
      under(label, "docker") ||
      under(label, "swarm") ||
      under(label, "http", "middlewares") ||
      protocols.some(
        (protocol) =>
          under(label, protocol, "routers") ||
          (under(label, protocol, "services") &&
            label.path.slice(3).join(".").toLowerCase() === "loadbalancer.server.port"),
      );
    if (!known)
      project.report(
        "FL567",
        service,
        label.field,
        `service ${service.name}: the label ${label.key} is not carried`,
        "add what it does to the Route",
      );
  }
}
