import { ServerResponse, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { UpgradeResponse } from "../api/request.ts";
import type { Connection } from "./connection.ts";
import type { Exchange } from "./exchange.ts";
import { Http1Exchange } from "./http1-exchange.ts";

/** A request for another protocol: answered like any other over HTTP/1.1, or its connection is handed over. */
export function upgradeExchange(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  connection: Connection,
): Exchange {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as TLSSocket);
  response.once("finish", () => (socket as TLSSocket).destroySoon());
  // HTTP's parser has let go of the socket, and an error of it must not be an uncaught one.
  socket.on("error", () => undefined);
  const exchange = new Http1Exchange(request, response, connection);
  return Object.assign(exchange, {
    hasBody: false,
    isGone: () => socket.destroyed,
    onClose(callback: () => void) {
      if (socket.destroyed) callback();
      else socket.once("close", callback);
    },
    upgrade({ accept }: UpgradeResponse) {
      response.detachSocket(socket as TLSSocket);
      connection.keep();
      accept({ request, socket, head });
    },
  });
}
