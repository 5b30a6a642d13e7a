import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";

/** A Service and its port, as an existing route names them. */
export interface NamedBackend {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly port: JsonValue | undefined;
  readonly scheme: JsonValue | undefined;
}

/** Finds the App whose main Service has a name. */
export type AppOf = (namespace: string | undefined, service: string) => string | undefined;

export function appLookup(declarations: readonly KrmObject[]): AppOf {
  const apps = new Map<string, string>();
  for (const { kind, metadata, spec } of declarations) {
    if (kind !== "App" || get(get(spec, "service"), "enabled") === false) continue;
    const name = get(get(spec, "service"), "name") ?? metadata.name;
    apps.set(`${metadata.namespace ?? ""}/${String(name as string)}`, metadata.name!);
  }
  return (namespace, service) => apps.get(`${namespace ?? ""}/${service}`);
}

/** How a candidate names backends. */
export interface BackendStyle {
  readonly app: boolean;
  readonly port: boolean;
}

/** From the shortest words to the plainest. */
export const backendStyles: readonly BackendStyle[] = [
  { app: true, port: false },
  { app: true, port: true },
  { app: false, port: true },
];

/** `app` and `port`, or `service`; undefined if no App has this Service and one is asked for. */
export function backendFields(
  backend: NamedBackend,
  style: BackendStyle,
  appOf: (service: string) => string | undefined,
): JsonObject | undefined {
  const { name, namespace, port, scheme } = backend;
  if (!style.app) {
    return {
      service: {
        name,
        ...(namespace !== undefined && { namespace }),
        ...(port !== undefined && { port }),
        ...(scheme !== undefined && { scheme }),
      },
    };
  }
  const app = namespace === undefined && scheme === undefined ? appOf(name) : undefined;
  return app === undefined ? undefined : { app, ...(style.port && port !== undefined && { port }) };
}

/** Moves what every rule says of its backend to the Route. */
export function hoist(rules: readonly JsonObject[]): {
  readonly shared: JsonObject;
  readonly rules: readonly JsonObject[];
} {
  const shared: JsonObject = {};
  for (const key of ["app", "service", "port"]) {
    const first = rules[0]?.[key];
    if (first === undefined || !rules.every((rule) => JSON.stringify(rule[key]) === JSON.stringify(first))) continue;
    shared[key] = first;
  }
  const rest = rules.map((rule) =>
    Object.fromEntries(Object.entries(rule).filter(([key]) => shared[key] === undefined)),
  );
  return { shared, rules: rest };
}

/** Hosts of the Route when all rules agree, else of each rule; no rules when there is nothing else to say. */
export function withHosts(
  rules: readonly { readonly hosts: readonly string[]; readonly rule: JsonObject }[],
): JsonObject {
  const { shared, rules: rest } = hoist(rules.map(({ rule }) => rule));
  const common = rules[0]?.hosts ?? [];
  const same = rules.every(({ hosts }) => JSON.stringify(hosts) === JSON.stringify(common));
  const routes = rest.map((rule, index) =>
    same || rules[index]!.hosts.length === 0 ? rule : { hosts: [...rules[index]!.hosts], ...rule },
  );
  const whole = routes.length === 1 && Object.keys(routes[0]!).length === 0;
  return { ...shared, ...(same && common.length > 0 && { hosts: [...common] }), ...(!whole && { routes }) };
}
