import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { ConnectionFault, FaultRecord, FaultSchedule } from "./schedule.ts";

export interface FaultyRelay {
  readonly port: number;
  readonly open: number;
  /** From now on nothing goes wrong; connections that carry nothing are reset. */
  calm(): void;
  close(): Promise<void>;
}

/** Passes connections on to a port of the loopback interface, byte for byte but for the faults. */
export async function startFaultyRelay(
  target: number,
  { connections, outages }: FaultSchedule,
  record: (done: FaultRecord) => void,
): Promise<FaultyRelay> {
  const started = performance.now();
  const links = new Set<Link>();
  let isCalm = false;
  let count = 0;
  const isOut = (): boolean => {
    const ms = performance.now() - started;
    return outages.some(({ afterMs, forMs }) => ms >= afterMs && ms < afterMs + forMs);
  };
  // Half-open ends are the point here: who has ended may still be sent to.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const index = count++;
    if (!isCalm && isOut()) {
      record({ on: "connection", index, fault: { kind: "outage" } });
      near.on("error", () => {});
      near.resetAndDestroy();
      return;
    }
    const fault = isCalm ? null : (connections[index] ?? null);
    const link = connectLink(near, target, fault, () => record({ on: "connection", index, fault: fault! }));
    links.add(link);
    near.once("close", () => links.delete(link));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return links.size;
    },
    calm() {
      isCalm = true;
      for (const link of links) link.calm();
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const link of links) link.destroy();
      await closed;
    },
  };
}

interface Link {
  calm(): void;
  destroy(): void;
}

function connectLink(near: Socket, target: number, given: ConnectionFault | null, done: () => void): Link {
  const far = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  let fault = given;
  let isSilent = false;
  let sent = 0;
  const timers = new Set<NodeJS.Timeout>();
  const destroy = (): void => {
    for (const timer of timers) clearTimeout(timer);
    near.destroy();
    far.destroy();
  };

  /** In order: every piece is as late as every other. */
  const later = (work: () => void): void => {
    if (fault?.kind !== "slow") return work();
    const timer = setTimeout(() => (timers.delete(timer), work()), fault.ms);
    timers.add(timer);
  };

  function toClient(chunk: Buffer): void {
    if (isSilent) return;
    const before = sent;
    sent += chunk.length;
    if (fault === null || fault.kind === "slow" || sent <= fault.afterBytes) return void near.write(chunk);
    const at = Math.max(0, fault.afterBytes - before);
    const { kind } = fault;
    fault = null;
    done();
    if (kind === "garble") {
      chunk[at] = chunk[at]! ^ 0xff;
      near.write(chunk);
      return;
    }
    if (at > 0) near.write(chunk.subarray(0, at));
    if (kind === "silence") return void (isSilent = true);
    far.destroy();
    if (kind === "rst") near.resetAndDestroy();
    else near.end();
    // The client may go on sending; nobody reads it.
    near.removeAllListeners("data").resume();
  }

  if (fault?.kind === "slow") done();
  for (const socket of [near, far]) socket.on("error", () => {});
  near.on("data", (chunk: Buffer) => later(() => !isSilent && far.writable && far.write(chunk)));
  far.on("data", (chunk: Buffer) => later(() => near.writable && toClient(chunk)));
  near.on("end", () => later(() => isSilent || far.end()));
  far.on("end", () => later(() => isSilent || near.end()));
  near.on("close", () => far.destroy());
  far.on("close", () => later(() => isSilent || near.destroyed || near.end()));
  return {
    calm() {
      if (isSilent) near.resetAndDestroy();
      fault = null;
    },
    destroy,
  };
}
