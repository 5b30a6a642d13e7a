import type { MeshRequest } from "@fairlead/sim";

const ports: { readonly [scheme: string]: number } = { http: 80, https: 443, grpc: 80, tcp: 80 };

/** `http://prd.orders.global:8080/x`, `prd.orders.global`; undefined for what names no host. */
export function requestOf(url: string): MeshRequest | undefined {
  const [, scheme = "http", host = "", port, path = "/"] =
    /^(?:([a-z]+):\/\/)?([A-Za-z0-9.-]+)(?::(\d{1,5}))?(\/.*)?$/.exec(url) ?? [];
  const standard = ports[scheme];
  if (host === "" || standard === undefined || Number(port ?? 1) > 65_535) return undefined;
  const number = port === undefined ? standard : Number(port);
  return { host: host.toLowerCase(), port: number, path, method: "GET", headers: {} };
}
