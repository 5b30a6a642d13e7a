import type { Clock } from "@fairlead/apimachinery";
import { createWebSocketStream } from "ws";
import type { ApiRequest, ApiResponse, UpgradeResponse } from "../api/request.ts";
import { badRequest } from "../errors.ts";
import { acceptSpdy } from "./accept-spdy.ts";
import { acceptWebSocket, offered, upgradeOf } from "./accept-web-socket.ts";
import type { PortTarget } from "./port-target.ts";
import { negotiate, refuseUpgrade } from "./refuse-upgrade.ts";
import { spdyPortForward } from "./spdy-port-forward.ts";
import { webSocketPortForward } from "./web-socket-port-forward.ts";

const tunnelled = "SPDY/3.1+portforward.k8s.io";
const channels = "v4.channel.k8s.io";
const spdyProtocols = ["portforward.k8s.io"];

/**
 * The answer to `portforward`, once somebody has found that the sender may: SPDY tunnelled in a WebSocket, as kubectl asks
 * for, channels in a WebSocket (the query names the ports), or SPDY alone. Throws the ApiError for a request that is no
 * upgrade or names no ports. `pod` is what messages name it.
 */
export function portForwardUpgrade(
  request: ApiRequest,
  target: PortTarget,
  pod: string,
  machine: Clock,
): ApiResponse | UpgradeResponse {
  const upgrade = upgradeOf(request.headers["upgrade"]);
  if (upgrade === undefined) throw badRequest("Upgrade request required");
  if (upgrade === "spdy") {
    const negotiated = negotiate(offered(request.headers["x-stream-protocol-version"]), spdyProtocols);
    if ("refusal" in negotiated) return negotiated.refusal;
    return {
      kind: "upgrade",
      accept: (connection) => spdyPortForward(acceptSpdy(connection, negotiated.protocol), target, pod, machine),
    };
  }
  const offers = offered(request.headers["sec-websocket-protocol"]);
  if (offers.includes(tunnelled)) {
    return {
      kind: "upgrade",
      accept: (connection) =>
        acceptWebSocket(connection, tunnelled, (ws) => {
          spdyPortForward(createWebSocketStream(ws), target, pod, machine);
        }),
    };
  }
  if (!offers.includes(channels)) return refuseUpgrade(403, "unable to upgrade: no supported protocol");
  const ports = readPorts(request.query);
  return {
    kind: "upgrade",
    accept: (connection) =>
      acceptWebSocket(connection, channels, (ws) => {
        void webSocketPortForward(ws, target, pod, ports);
      }),
  };
}

/** A channel's number is one byte, and each port has two. */
const mostPorts = 100;

function readPorts(query: URLSearchParams): readonly number[] {
  const texts = query.getAll("ports").flatMap((text) => text.split(","));
  if (texts.length === 0) throw badRequest('query parameter "port" is required');
  if (texts.length > mostPorts) throw badRequest(`at most ${mostPorts} ports can be forwarded at once`);
  return texts.map((text) => {
    const port = readPort(text);
    if (typeof port === "string") throw badRequest(port);
    return port;
  });
}

/** A port, or what is wrong with it. */
function readPort(text: string): number | string {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 0xffff) return `unable to parse ${JSON.stringify(text)} as a port`;
  return Number(text) < 1 ? `port ${JSON.stringify(text)} must be > 0` : Number(text);
}
