import { type WebSocket, WebSocketServer } from "ws";
import type { UpgradedConnection } from "../api/request.ts";

/** Clients send messages of some 32 KB. */
const mostPayload = 4 * 1024 * 1024;

/** Answers the handshake; calls back unless it fails, for which the client is answered. */
export function acceptWebSocket(
  { request, socket, head }: UpgradedConnection,
  protocol: string,
  accepted: (ws: WebSocket) => void,
): void {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: mostPayload,
    // How long a client may take to answer the closing. The types lack it.
    ...({ closeTimeout: 2_000 } as object),
  });
  // Negotiated here: the library takes only tokens, and Kubernetes' names of tunnels hold a slash.
  delete request.headers["sec-websocket-protocol"];
  server.on("headers", (headers) => headers.push(`Sec-WebSocket-Protocol: ${protocol}`));
  server.handleUpgrade(request, socket, head, accepted);
}

/** What the client offers in a header that lists protocols, in its order. */
export function offered(header: string | readonly string[] | undefined): readonly string[] {
  const text = header === undefined ? "" : typeof header === "string" ? header : header.join(",");
  return text
    .split(",")
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== "");
}

/** What the client wants to speak; undefined if it is no protocol that streams are carried by. */
export function upgradeOf(header: string | readonly string[] | undefined): "websocket" | "spdy" | undefined {
  const names = offered(header).map((name) => name.toLowerCase());
  return names.includes("websocket") ? "websocket" : names.includes("spdy/3.1") ? "spdy" : undefined;
}
