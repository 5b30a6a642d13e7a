/** What Go's HTTP client says where Node's says something else. Texts that have no counterpart stay as they are. */
export function goError(error: Error, { host, port }: { readonly host: string; readonly port: number }): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const refused = `dial tcp ${address.replace(/^localhost:/, "127.0.0.1:")}: connect:`;
  switch (code) {
    case "ECONNREFUSED":
      return `${refused} connection refused`;
    case "EHOSTUNREACH":
      return `${refused} no route to host`;
    case "ENETUNREACH":
      return `${refused} network is unreachable`;
    case "ETIMEDOUT":
      return `dial tcp ${address}: i/o timeout`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `dial tcp: lookup ${host}: no such host`;
    case "ECONNRESET":
    case "EPIPE":
      return "EOF";
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return `${untrusted} certificate has expired or is not yet valid`;
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `${untrusted} ${wrongName(error, host)}`;
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
      return /wrong version number|packet length too long/i.test(error.message)
        ? "http: server gave HTTP response to HTTPS client"
        : `remote error: tls: ${error.message}`;
    default:
      return authorities.has(code) ? `${untrusted} certificate signed by unknown authority` : error.message;
  }
}

const untrusted = "tls: failed to verify certificate: x509:";

const authorities = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

function wrongName(error: Error, host: string): string {
  const { cert } = error as { cert?: { subjectaltname?: string } };
  const names = (cert?.subjectaltname ?? "").split(", ").map((one) => one.replace(/^(DNS|IP Address):/, ""));
  const isAddress = /^[\d.]+$|:/.test(host);
  const valid = names.filter((one) => one !== "" && isAddress === /^[\d.]+$|:/.test(one));
  if (valid.length === 0)
    return isAddress
      ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
      : `certificate is not valid for any names, but wanted to match ${host}`;
  return `certificate is valid for ${valid.join(", ")}, not ${host}`;
}
