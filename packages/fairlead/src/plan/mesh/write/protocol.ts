import type { HostIntent, MeshPort } from "../model/intent.ts";

const http = new Set(["http", "http2", "grpc", "grpc-web", "http_proxy"]);
const tls = new Set(["tls", "https"]);

/** How Istio can route a port: by request, by the name that a TLS client asks for, or by connection. */
export type PortLayer = "http" | "tls" | "tcp";

export function layerOf({ protocol }: MeshPort): PortLayer {
  const name = protocol.toLowerCase();
  return http.has(name) ? "http" : tls.has(name) ? "tls" : "tcp";
}

export function httpPorts({ ports }: Pick<HostIntent, "ports">): readonly MeshPort[] {
  return ports.filter((port) => layerOf(port) === "http");
}
