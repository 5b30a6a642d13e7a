import type { Presented } from "./authenticator.ts";

/** The token that a request shows. */
export type PresentedToken =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "none" }
  | { readonly kind: "problem"; readonly message: string };

const none: PresentedToken = { kind: "none" };

type Headers = Presented["headers"];

/** Of `Authorization: Bearer …`. Other schemes are as good as none. */
export function bearerToken(headers: Headers): PresentedToken {
  const header = headers["authorization"];
  const [scheme, token] = (typeof header === "string" ? header : (header?.[0] ?? "")).trim().split(" ");
  return scheme?.toLowerCase() === "bearer" && token !== undefined && token !== "" ? { kind: "token", token } : none;
}

/** WebSocket protocols with this prefix carry a token: they are none that a server may choose. */
export const tokenProtocolPrefix = "base64url.bearer.authorization.k8s.io.";

/** Of `Sec-WebSocket-Protocol`: a browser cannot send other headers. */
export function protocolToken(headers: Headers): PresentedToken {
  const upgrade = headers["upgrade"];
  if ((typeof upgrade === "string" ? upgrade : (upgrade?.[0] ?? "")).toLowerCase() !== "websocket") return none;
  const header = headers["sec-websocket-protocol"] ?? [];
  const protocols = (typeof header === "string" ? [header] : header).flatMap((one) => one.split(","));
  const trimmed = protocols.map((protocol) => protocol.trim());
  const [encoded, second] = trimmed.filter((protocol) => protocol.startsWith(tokenProtocolPrefix));
  if (encoded === undefined) return none;
  if (second !== undefined) return problem("multiple base64.bearer.authorization tokens specified");
  const text = encoded.slice(tokenProtocolPrefix.length);
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    return problem("invalid base64.bearer.authorization token encoding");
  }
  const token = utf8(Buffer.from(text, "base64url"));
  if (token === undefined) return problem("invalid base64.bearer.authorization token");
  if (token === "") return none;
  return trimmed.length > 1 ? { kind: "token", token } : problem("missing additional subprotocol");
}

const problem = (message: string): PresentedToken => ({ kind: "problem", message });

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
