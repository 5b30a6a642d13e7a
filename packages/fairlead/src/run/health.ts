import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

export interface HealthOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  /** Why the process is not ready; empty when it is. */
  notReady(): readonly string[];
}

export interface Health {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Serves /healthz (the process runs), /readyz (its view is in) and /metrics. Rejects if it cannot listen. */
export async function serveHealth({ host, port, registry, notReady }: HealthOptions): Promise<Health> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
      response.end(request.method === "HEAD" ? undefined : body);
    };
    const text = "text/plain; charset=utf-8";
    if (request.method !== "GET" && request.method !== "HEAD") return answer(405, text, "method not allowed\n");
    switch ((request.url ?? "").split("?")[0]) {
      case "/healthz":
        return answer(200, text, "ok\n");
      case "/readyz": {
        const reasons = notReady();
        return answer(reasons.length === 0 ? 200 : 503, text, `${reasons.length === 0 ? "ok" : reasons.join("\n")}\n`);
      }
      case "/metrics":
        registry.metrics().then(
          (metrics) => answer(200, registry.contentType, metrics),
          () => answer(500, text, "metrics cannot be read\n"),
        );
        return;
      default:
        return answer(404, text, "not found\n");
    }
  });
  // Probes are small and many may come from strangers: nobody holds a connection open by being slow.
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  server.maxConnections = 64;
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  return {
    host: address.address,
    port: address.port,
    close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      return promise;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, host, () => {
    server.off("error", reject);
    resolve();
  });
  return promise;
}
