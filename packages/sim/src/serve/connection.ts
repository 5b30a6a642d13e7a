import type { Clock } from "@fairlead/apimachinery";
import type { TLSSocket } from "node:tls";
import type { Presented } from "../authn/authenticator.ts";
import type { Limits } from "./limits.ts";

/** What is known of a client's connection. */
export interface Connection {
  readonly socket: TLSSocket;
  /** Verified against the cluster's authority. */
  readonly certificate: Presented["certificate"] | undefined;
  /** A certificate was shown that the authority did not sign, or that does not hold now. */
  readonly isRejected: boolean;
  /** A request has begun; call what it returns, once, when it has ended. */
  begin(): void;
  end(): void;
  /** Not to be closed for being idle: it speaks another protocol now. */
  keep(): void;
  /** Requests that are being served. */
  readonly active: number;
}

/** Closes itself when its client asks for nothing, whatever else it sends. `clock` is the machine's. */
export function trackConnection(socket: TLSSocket, clock: Clock, limits: Limits): Connection {
  const { certificate, isRejected } = certificateOf(socket);
  let active = 0;
  let idleSince = clock.monotonic();
  let allowedMs = limits.firstRequestMs;
  let isKept = false;
  let cancel = clock.after(allowedMs, look);

  function look(): void {
    if (isKept || socket.destroyed) return;
    const left = active > 0 ? allowedMs : idleSince + allowedMs - clock.monotonic();
    if (left <= 0) socket.destroy();
    else cancel = clock.after(left, look);
  }
  socket.once("close", () => cancel());

  return {
    socket,
    certificate,
    isRejected,
    begin() {
      active++;
      allowedMs = limits.idleMs;
    },
    end() {
      if (--active === 0) idleSince = clock.monotonic();
    },
    keep() {
      isKept = true;
      cancel();
    },
    get active() {
      return active;
    },
  };
}

function certificateOf(socket: TLSSocket): Pick<Connection, "certificate" | "isRejected"> {
  const shown = socket.getPeerCertificate();
  // An empty object when there is none.
  if (shown?.subject === undefined) return { certificate: undefined, isRejected: false };
  if (!socket.authorized) return { certificate: undefined, isRejected: true };
  const commonName = listOf(shown.subject.CN).at(-1) ?? "";
  const sha256 = shown.fingerprint256.replaceAll(":", "").toLowerCase();
  return { certificate: { commonName, organizations: listOf(shown.subject.O), sha256 }, isRejected: false };
}

function listOf(names: string | readonly string[] | undefined): readonly string[] {
  return names === undefined ? [] : typeof names === "string" ? [names] : names;
}
