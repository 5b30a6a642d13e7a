import type { Clock } from "@fairlead/apimachinery";
import type { ApiRequest, ApiResponse, UpgradeResponse } from "../api/request.ts";
import { badRequest } from "../errors.ts";
import { acceptSpdy } from "./accept-spdy.ts";
import { acceptWebSocket, offered, upgradeOf } from "./accept-web-socket.ts";
import type { ExecRequest, ExecTarget } from "./exec-target.ts";
import { negotiate, refuseUpgrade } from "./refuse-upgrade.ts";
import { runExec } from "./run-exec.ts";
import { spdyExec } from "./spdy-exec.ts";
import { webSocketExec } from "./web-socket-exec.ts";

/** Only v5 says when the input has ended. */
const webSocketProtocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const spdyProtocols = ["v4.channel.k8s.io"];

/**
 * The answer to `exec` and `attach`, once somebody has found that the sender may: over WebSockets (v5 and v4) or SPDY
 * (v4). Throws the ApiError for a request that is no upgrade. `machine` times what a client may take to open its streams.
 */
export function execUpgrade(
  request: ApiRequest,
  target: ExecTarget,
  exec: ExecRequest,
  machine: Clock,
): ApiResponse | UpgradeResponse {
  const upgrade = upgradeOf(request.headers["upgrade"]);
  if (upgrade === undefined) throw badRequest("Upgrade request required");
  if (!exec.stdin && !exec.stdout && !exec.stderr) {
    return refuseUpgrade(400, "you must specify at least 1 of stdin, stdout, stderr");
  }
  if (upgrade === "websocket") {
    const offers = offered(request.headers["sec-websocket-protocol"]);
    const protocol = offers.find((offer) => webSocketProtocols.includes(offer));
    if (protocol === undefined) return refuseUpgrade(403, "unable to upgrade: no supported protocol");
    return {
      kind: "upgrade",
      accept: (connection) =>
        acceptWebSocket(connection, protocol, (ws) => {
          void runExec(target, exec, webSocketExec(ws, protocol, exec));
        }),
    };
  }
  const negotiated = negotiate(offered(request.headers["x-stream-protocol-version"]), spdyProtocols);
  if ("refusal" in negotiated) return negotiated.refusal;
  return {
    kind: "upgrade",
    accept: (connection) =>
      spdyExec(acceptSpdy(connection, negotiated.protocol), exec, machine, (carrier) => {
        void runExec(target, exec, carrier);
      }),
  };
}
