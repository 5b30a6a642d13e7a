import { Buffer } from "node:buffer";
import type { ApiResponse } from "../api/request.ts";

/** What a kubelet answers to a client with which it shares no protocol: plain text. */
export function refuseUpgrade(
  status: 400 | 403,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): ApiResponse {
  return {
    kind: "body",
    status,
    contentType: "text/plain; charset=utf-8",
    headers: { "x-content-type-options": "nosniff", ...headers },
    body: [Buffer.from(`${message}\n`)],
  };
}

/** With SPDY, the protocol above it: the client's first that is among `accepted`, or the answer that says why not. */
export function negotiate(
  offers: readonly string[],
  accepted: readonly string[],
): { readonly protocol: string } | { readonly refusal: ApiResponse } {
  const protocol = offers.find((offer) => accepted.includes(offer));
  if (protocol !== undefined) return { protocol };
  const header = "X-Stream-Protocol-Version";
  if (offers.length === 0) {
    return { refusal: refuseUpgrade(400, `unable to upgrade: header ${header} does not exist in request`) };
  }
  const lists = `client supports [${offers.join(" ")}], server accepts [${accepted.join(" ")}]`;
  const message = `unable to upgrade: unable to negotiate protocol: ${lists}`;
  return { refusal: refuseUpgrade(403, message, { "x-accepted-stream-protocol-versions": accepted.join(", ") }) };
}
