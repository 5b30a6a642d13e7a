import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { fields } from "../shared/fields.ts";
import { items, stringMap, text } from "../shared/read.ts";
import { isPort } from "../shared/names.ts";
import type { Lookup } from "./backend.ts";

/**
 * The predecessor made the Service of the plain Deployment that its networking function found in the input: port 80 for
 * the container port https (or http, which it missed), and the grpc port. It took the last Deployment of the list and put
 * both on port 80; here it is the Deployment of the Route's app, and each port has its own number.
 */
export function compatService({ declaration, world }: Lookup, app: string): KrmObject | undefined {
  if (!declaration.compat) return undefined;
  const deployment = world.object("Deployment", declaration.namespace, app);
  const template = get(get(deployment?.["spec"], "template"), "spec");
  const containers = get(template, "containers");
  const main = Array.isArray(containers) ? containers.find((item) => isObject(item)) : undefined;
  const list = get(main, "ports");
  const ports = items(Array.isArray(list) ? (list as JsonObject[]) : []);
  const named = (name: string) => ports.find((port) => port["name"] === name && isPort(port["containerPort"]));
  const web = named("https") ?? named("http");
  const grpc = named("grpc");
  if (web === undefined && grpc === undefined) return undefined;
  const labels = stringMap(get(get(deployment?.["spec"], "selector"), "matchLabels"));
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: fields({ name: app, namespace: text(declaration.namespace) }),
    spec: {
      ports: [
        ...(web === undefined ? [] : [{ name: "https", port: 80, targetPort: web["name"]! }]),
        ...(grpc === undefined ? [] : [{ name: "grpc", port: grpc["containerPort"]!, targetPort: "grpc" }]),
      ],
      selector: Object.keys(labels).length === 0 ? { app } : labels,
    },
  };
}
