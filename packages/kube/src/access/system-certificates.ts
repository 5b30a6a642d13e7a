import tls from "node:tls";

let known: readonly string[] | undefined;

/**
 * What a server's certificate is checked against when a kubeconfig names no certificate authority: the certificates
 * that the machine trusts, as in Go, with those of Node and of NODE_EXTRA_CA_CERTS. PEM texts. Reading them takes some
 * milliseconds, once.
 */
export function systemCertificates(): readonly string[] {
  known ??= [...new Set([...tls.getCACertificates("default"), ...tls.getCACertificates("system")])];
  return known;
}
