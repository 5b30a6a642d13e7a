import type { Duplex } from "node:stream";

/** What reaches the ports of a pod. */
export interface PortTarget {
  /** Rejects when nobody listens there. */
  connect(port: number): Promise<Duplex>;
}
