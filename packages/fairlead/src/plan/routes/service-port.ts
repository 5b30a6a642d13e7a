import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import type { Declaration } from "../declaration.ts";
import { isPort } from "../shared/names.ts";
import { text } from "../shared/read.ts";
import { hasService, servicePorts } from "../workloads/ports.ts";
import type { World } from "../world.ts";

/** A port that requests can be sent to. */
export interface KnownPort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number | string;
  readonly protocol: string;
  readonly appProtocol?: string | undefined;
}

/** What kind of traffic looks for a port. */
export type Purpose = "http" | "grpc" | "tcp" | "udp";

/** The ports of an App's Service. */
export function appPorts(app: Declaration<AppSpec>, world: World): readonly KnownPort[] {
  if (!isObject(app.spec) || !hasService(app, world)) return [];
  return servicePorts(app, world).filter(({ port }) => isPort(port));
}

/** The ports of a Service that is in the input. */
export function objectPorts(service: KrmObject): readonly KnownPort[] {
  const ports = get(service["spec"], "ports");
  if (!Array.isArray(ports)) return [];
  return ports
    .filter((port): port is JsonObject => isObject(port) && isPort(port["port"]))
    .map((port) => ({
      name: text(port["name"]) ?? "",
      port: port["port"] as number,
      targetPort:
        text(port["targetPort"]) ?? (isPort(port["targetPort"]) ? port["targetPort"] : (port["port"] as number)),
      protocol: text(port["protocol"]) ?? "TCP",
      appProtocol: text(port["appProtocol"]),
    }));
}

export type Chosen =
  | { readonly kind: "port"; readonly port: KnownPort }
  | { readonly kind: "unknown"; readonly wanted: string; readonly behind: KnownPort | undefined }
  | { readonly kind: "unclear" };

/**
 * The port that is meant: the one written, by number or name; else the one whose name or protocol says what it is for;
 * else the only one. A container's port behind a Service port of another number is `unknown`, with the one that leads there.
 */
export function choosePort(ports: readonly KnownPort[], wanted: number | string | undefined, purpose: Purpose): Chosen {
  const protocol = purpose === "udp" ? "UDP" : "TCP";
  const usable = ports.filter((port) => port.protocol === protocol);
  if (wanted !== undefined) {
    const asked = typeof wanted === "string" && /^\d+$/.test(wanted) ? Number(wanted) : wanted;
    const found = usable.find((port) => (typeof asked === "number" ? port.port === asked : port.name === asked));
    if (found !== undefined) return { kind: "port", port: found };
    return { kind: "unknown", wanted: String(wanted), behind: usable.find((port) => port.targetPort === asked) };
  }
  const named = purpose === "http" || purpose === "grpc" ? usable.filter((port) => speaks(port, purpose)) : [];
  if (named.length > 0) return { kind: "port", port: named[0]! };
  if (purpose === "grpc") return { kind: "unclear" };
  const rest = purpose === "http" ? usable.filter((port) => !speaks(port, "grpc") && !isMetrics(port)) : usable;
  return rest.length === 1 ? { kind: "port", port: rest[0]! } : { kind: "unclear" };
}

function speaks(port: KnownPort, purpose: "http" | "grpc"): boolean {
  const protocol = port.appProtocol?.toLowerCase() ?? "";
  const name = port.name.toLowerCase();
  if (purpose === "grpc")
    return protocol === "grpc" || protocol === "kubernetes.io/h2c" || /^(grpc|h2c)(-|$)/.test(name);
  return protocol === "http" || protocol === "https" || /^(http|https|web|http2)(-|$)/.test(name);
}

function isMetrics(port: KnownPort): boolean {
  return /(^|-)metrics$/.test(port.name);
}

/** `8080 (http), 9000 (metrics)`, for findings. */
export function listPorts(ports: readonly KnownPort[]): string {
  return ports.map(({ name, port }) => (name === "" ? String(port) : `${port} (${name})`)).join(", ");
}
