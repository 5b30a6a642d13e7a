import { isKubeError, KubeError, type KubeErrorCode } from "../errors.ts";

/** What failed: making a connection (nothing was sent yet), or a request on one that was made. */
export type Stage = "connect" | "request" | "body";

interface Explanation {
  readonly code: KubeErrorCode;
  readonly text: string;
  readonly hint?: string;
}

const unknownAuthority: Explanation = {
  code: "tls",
  text: "the server's certificate is signed by an authority that is not trusted",
  hint: "set certificate-authority-data (or certificate-authority) of the cluster to the CA that signed it",
};

const refusedCertificate: Explanation = {
  code: "tls",
  text: "the server refused the client certificate",
  hint: "client-certificate-data of the user must be signed by the cluster's client CA, be in date and match its key",
};

const unreadableMaterial: Explanation = {
  code: "tls",
  text: "the certificates or the key cannot be used",
  hint: "certificate-authority-data, client-certificate-data and client-key-data must be PEM, and the key must be the certificate's",
};

const unreachable: Explanation = {
  code: "connection",
  text: "the host cannot be reached",
  hint: "a network, a VPN or a proxy (proxy-url) is missing, or the address is of another network",
};

const explanations = new Map<string, Explanation>([
  [
    "ECONNREFUSED",
    {
      code: "connection",
      text: "connection refused",
      hint: "nothing listens there: is the cluster running, and is the server's address right?",
    },
  ],
  [
    "ENOTFOUND",
    { code: "connection", text: "the host name is not known", hint: "check the server's address and the DNS" },
  ],
  ["EAI_AGAIN", { code: "connection", text: "the host name could not be looked up", hint: "the DNS does not answer" }],
  [
    "ETIMEDOUT",
    { code: "connection", text: "no connection in time", hint: "a firewall may drop it, or a VPN is not up" },
  ],
  ["EHOSTUNREACH", unreachable],
  ["ENETUNREACH", unreachable],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", unknownAuthority],
  ["SELF_SIGNED_CERT_IN_CHAIN", unknownAuthority],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", unknownAuthority],
  ["UNABLE_TO_GET_ISSUER_CERT", unknownAuthority],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", unknownAuthority],
  ["CERT_SIGNATURE_FAILURE", unknownAuthority],
  ["INVALID_CA", unknownAuthority],
  [
    "CERT_HAS_EXPIRED",
    {
      code: "tls",
      text: "the server's certificate has expired",
      hint: "renew it on the server; if it should be valid, check this machine's clock",
    },
  ],
  [
    "CERT_NOT_YET_VALID",
    { code: "tls", text: "the server's certificate is not valid yet", hint: "check this machine's clock" },
  ],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", refusedCertificate],
  ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", refusedCertificate],
  ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", refusedCertificate],
  ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN", refusedCertificate],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", refusedCertificate],
  ["ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR", refusedCertificate],
]);

/**
 * The `KubeError` of what Node reports. The message names the server and what happened, never what was sent. `unsent`
 * says that the server has certainly not acted on the request.
 */
export function explain(error: unknown, stage: Stage, server: URL, cluster: string, unsent = false): KubeError {
  if (isKubeError(error)) return error;
  const cause = firstCause(error);
  const { code, text, hint } = explanationOf(cause, stage, server);
  return new KubeError(code, `${server.host}: ${text}`, {
    cluster,
    cause: brief(cause),
    ...(hint === undefined ? {} : { hint }),
    ...(unsent || stage === "connect" ? { unsent: true } : {}),
  });
}

function explanationOf(error: unknown, stage: Stage, server: URL): Explanation {
  const name = codeOf(error);
  const known = explanations.get(name);
  if (known !== undefined) return known;
  if (name === "ERR_TLS_CERT_ALTNAME_INVALID") return wrongName(error, server);
  if (name === "EPROTO" || name === "ERR_SSL_WRONG_VERSION_NUMBER" || name === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    const hint = "the port may speak plain HTTP, or a proxy answers in the server's place";
    return { code: "tls", text: "the answer is not TLS", hint };
  }
  if (name.startsWith("ERR_OSSL") || name.startsWith("ERR_CRYPTO")) return unreadableMaterial;
  if (name.startsWith("ERR_SSL")) {
    if (stage === "connect" && /KEY_VALUES_MISMATCH|PEM|ASN1|NO_START_LINE|BAD_/.test(name)) return unreadableMaterial;
    return { code: "tls", text: `the TLS connection failed (${name})` };
  }
  if (/^ERR_HTTP2_(?:STREAM|SESSION)_ERROR$/.test(name)) return http2Failure(error);
  if (
    name.startsWith("ERR_HTTP2") ||
    name === "ECONNRESET" ||
    name === "EPIPE" ||
    name === "ERR_STREAM_PREMATURE_CLOSE"
  ) {
    return lost(stage);
  }
  if (name.startsWith("HPE_")) return { code: "protocol", text: `the answer is not HTTP (${name})` };
  return { code: "connection", text: `the connection failed (${name === "" ? messageOf(error) : name})` };
}

function lost(stage: Stage): Explanation {
  if (stage === "connect") {
    const hint = "the port may not be the API server's, or something between closes connections";
    return { code: "connection", text: "the connection was closed while it was being made", hint };
  }
  const text = stage === "body" ? "the connection was lost in the middle of the answer" : "the connection was lost";
  return { code: "connection", text };
}

function http2Failure(error: unknown): Explanation {
  const code = /(NGHTTP2_[A-Z_0-9]+)|code (\d+)/.exec(messageOf(error))?.[0] ?? "unknown code";
  const isProtocol = /PROTOCOL_ERROR|FRAME_SIZE|COMPRESSION|FLOW_CONTROL/.test(code);
  return { code: isProtocol ? "protocol" : "connection", text: `the server broke the stream off (${code})` };
}

function wrongName(error: unknown, server: URL): Explanation {
  const { host = server.hostname, cert } = error as { host?: string; cert?: { subjectaltname?: unknown } };
  const names = cert?.subjectaltname;
  const valid = typeof names === "string" && names !== "" ? ` but for ${names.slice(0, 300)}` : "";
  return {
    code: "tls",
    text: `the server's certificate is not for ${host}${valid}`,
    hint: "set tls-server-name of the cluster to a name that the certificate is for",
  };
}

/** Without the certificate that Node attaches in all its fields, which would fill a log. */
function brief(error: unknown): unknown {
  if (!(error instanceof Error) || !("cert" in error)) return error;
  return Object.assign(new Error(error.message), { code: codeOf(error) });
}

/** Connecting to several addresses fails with one error for each of them. */
function firstCause(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : "unknown";
}
