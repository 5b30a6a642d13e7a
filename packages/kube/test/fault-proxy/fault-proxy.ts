import { type Issued, makeCertificate } from "../make-certificate.ts";
import { startFaultyHttp, type Upstream } from "./http.ts";
import { startFaultyRelay } from "./relay.ts";
import type { FaultRecord, FaultSchedule } from "./schedule.ts";

/** A server that passes on to another what it is asked, and does what its schedule says instead. */
export interface FaultProxy {
  readonly url: URL;
  /** PEM of what signed the proxy's certificate. */
  readonly ca: string;
  /** What it has done, in order. */
  readonly done: readonly FaultRecord[];
  /** Connections that clients have open. */
  readonly open: number;
  /** From now on nothing goes wrong: what carried nothing is reset, what comes is passed on. */
  calm(): void;
  close(): Promise<void>;
}

let shared: { readonly authority: Issued; readonly server: Issued } | undefined;

/** Starts it on a free port of the loopback interface; it speaks HTTP/2 and HTTP/1.1 over TLS. */
export async function startFaultProxy(upstream: Upstream, schedule: FaultSchedule): Promise<FaultProxy> {
  const done: FaultRecord[] = [];
  const record = (one: FaultRecord): void => void done.push(one);
  const { authority, server } = (shared ??= makeShared());
  const http = await startFaultyHttp(upstream, server, schedule, record);
  const relay = await startFaultyRelay(http.port, schedule, record);
  return {
    url: new URL(`https://127.0.0.1:${relay.port}`),
    ca: authority.certificate,
    done,
    get open() {
      return relay.open;
    },
    calm() {
      http.calm();
      relay.calm();
    },
    async close() {
      await relay.close();
      await http.close();
    },
  };
}

function makeShared(): { authority: Issued; server: Issued } {
  const authority = makeCertificate({ name: "fault-proxy-ca" });
  return { authority, server: makeCertificate({ name: "fault-proxy", authority, hosts: ["127.0.0.1"] }) };
}
