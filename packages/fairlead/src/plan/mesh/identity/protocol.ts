import type { ServicePort } from "../model/facts.ts";

/** Istio's protocols that a port of a Service may name; https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/ */
const known = new Set(["http", "http2", "https", "tls", "tcp", "grpc", "grpc-web", "mongo", "mysql", "redis"]);

/** The application protocols of Kubernetes and the IANA that Istio takes for one of its own. */
const aliases: { readonly [appProtocol: string]: string } = {
  "kubernetes.io/h2c": "http2",
  "kubernetes.io/ws": "http",
  "kubernetes.io/wss": "https",
};

/**
 * The protocol of a Service's port in upper case: that of `appProtocol`, else of the first part of the name. Where
 * neither tells, the only port of a Service speaks HTTP, and one of several is TCP.
 */
export function protocolOf(port: ServicePort, alone: boolean): string {
  const app = port.appProtocol.toLowerCase();
  const byApp = Object.hasOwn(aliases, app) ? aliases[app]! : app;
  if (known.has(byApp)) return byApp.toUpperCase();
  const name = port.name.toLowerCase();
  if (name === "grpc-web" || name.startsWith("grpc-web-")) return "GRPC-WEB";
  const prefix = name.split("-", 1)[0]!;
  if (known.has(prefix)) return prefix.toUpperCase();
  return alone ? "HTTP" : "TCP";
}

/** The predecessor's: from the start of the port's name, `http` unless it says gRPC or HTTP/2. */
export function simpleProtocolOf({ name }: Pick<ServicePort, "name">): string {
  for (const protocol of ["grpc-web", "grpc", "http2"]) if (name.startsWith(protocol)) return protocol;
  return "http";
}

export function isHttp(protocol: string): boolean {
  return ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"].includes(protocol.toUpperCase());
}
