import { isObject, setOwn, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { annotationsOf, at, goBoolean, jsonIn, objectsIn, proxyContainer } from "./pod-parts.ts";

const probersVariable = "ISTIO_KUBE_APP_PROBERS";

/** The probes and hooks of a container that the agent takes over, with the ends of their paths. */
const taken = [
  { field: "readinessProbe", path: "readyz", hook: false },
  { field: "livenessProbe", path: "livez", hook: false },
  { field: "startupProbe", path: "startupz", hook: false },
  { field: "preStop", path: "prestopz", hook: true },
  { field: "postStart", path: "poststartz", hook: true },
] as const;

/**
 * Kubelets cannot speak the mesh's TLS, so probes of applications (HTTP, TCP, gRPC) are sent to the agent, which has
 * what they were in a variable. Changes `spec`, whose containers must be this injection's own.
 */
export function rewriteProbes(
  pod: JsonObject,
  proxy: JsonObject,
  isStandard: boolean,
  agentPort: number,
  wasInjected: boolean,
): void {
  const annotations = annotationsOf(pod["metadata"]);
  if (!(goBoolean(annotations["sidecar.istio.io/rewriteAppHTTPProbers"]) ?? isStandard)) return;
  const asked = annotations["status.sidecar.istio.io/port"];
  const port = asked === undefined ? agentPort : Number.parseInt(asked, 10) || 0;
  const probers: JsonObject = {};
  for (const container of [...objectsIn(pod["spec"], "initContainers"), ...objectsIn(pod["spec"], "containers")]) {
    if (container["name"] === proxyContainer) continue;
    for (const { field, path, hook } of taken) {
      const holder = hook ? container["lifecycle"] : container;
      const probe = at(holder, field);
      if (!isObject(probe) || !isObject(holder)) continue;
      const url = `/${hook ? "app-lifecycle" : "app-health"}/${textOf(container["name"])}/${path}`;
      // Sent to the agent already, perhaps at a port of the pod's own.
      if (at(probe, "httpGet", "path") === url && at(probe, "httpGet", "port") === port) continue;
      const prober = proberOf(probe, container, agentPort, hook);
      if (prober !== undefined) setOwn(probers, url, prober);
      const changed = rewritten(probe, url, port, hook);
      if (changed !== undefined) setOwn(holder, field, changed);
    }
  }
  if (Object.keys(probers).length > 0) setVariable(proxy, probers, wasInjected);
}

/** What the agent has to do in its place; undefined for none, and for one that is sent to it already. */
function proberOf(
  probe: JsonObject,
  container: JsonObject,
  agentPort: number,
  isHook: boolean,
): JsonObject | undefined {
  const timeout = isHook || !probe["timeoutSeconds"] ? {} : { timeoutSeconds: probe["timeoutSeconds"] };
  for (const key of ["httpGet", "tcpSocket"] as const) {
    const action = probe[key];
    if (!isObject(action)) continue;
    const port = portOf(action["port"], container);
    if (port === undefined || (port === action["port"] && port === agentPort)) return undefined;
    return { [key]: { ...action, port }, ...timeout };
  }
  const { grpc } = probe;
  return isObject(grpc) && !isHook ? { grpc, ...timeout } : undefined;
}

function portOf(port: JsonValue | undefined, container: JsonObject): number | undefined {
  if (typeof port === "number") return port;
  const found = objectsIn(container, "ports").find((one) => one["name"] === port)?.["containerPort"];
  return typeof found === "number" ? found : undefined;
}

function rewritten(probe: JsonObject, url: string, port: number, isHook: boolean): JsonObject | undefined {
  const { httpGet, tcpSocket, grpc, ...rest } = probe;
  if (isObject(httpGet)) {
    const scheme = httpGet["scheme"] === "HTTPS" ? { scheme: "HTTP" } : {};
    return { ...probe, httpGet: { ...httpGet, ...scheme, path: url, port } };
  }
  if (isObject(tcpSocket)) return { ...rest, ...(grpc === undefined ? {} : { grpc }), httpGet: { path: url, port } };
  return isObject(grpc) && !isHook ? { ...rest, httpGet: { path: url, port } } : undefined;
}

function setVariable(proxy: JsonObject, probers: JsonObject, wasInjected: boolean): void {
  const env = objectsIn(proxy, "env");
  const before = wasInjected ? env.find((one) => one["name"] === probersVariable) : undefined;
  const known = before === undefined ? undefined : jsonIn(textOf(before["value"]));
  const all = isObject(known) ? { ...probers, ...known } : probers;
  const sorted = Object.fromEntries(
    Object.keys(all)
      .sort()
      .map((key) => [key, all[key]!]),
  );
  const made: JsonObject = { name: probersVariable, value: JSON.stringify(sorted) };
  proxy["env"] = before === undefined ? [...env, made] : env.map((one) => (one === before ? made : one));
}
