import type { Duplex } from "node:stream";
import type { UpgradedConnection } from "../api/request.ts";

/** Switches a connection to SPDY; the protocol above it is named if one is chosen. */
export function acceptSpdy({ socket, head }: UpgradedConnection, protocol: string): Duplex {
  const chosen = protocol === "" ? "" : `X-Stream-Protocol-Version: ${protocol}\r\n`;
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${chosen}\r\n`);
  if (head.length > 0) socket.unshift(head);
  return socket;
}
