import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import { bearer } from "./authorization.ts";
import type { Expiring } from "./expiring.ts";
import { checkKeyPair } from "./pem.ts";
import type { CredentialPart } from "./source.ts";

export const execVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"] as const;
export type ExecVersion = (typeof execVersions)[number];

/** What a plugin gets to know of the cluster, field by field as `ExecCredential.spec.cluster` has it. */
export interface ExecCluster {
  readonly server: string;
  readonly "tls-server-name"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  /** Base64 of the bundle. */
  readonly "certificate-authority-data"?: string;
  readonly "proxy-url"?: string;
  readonly "disable-compression"?: boolean;
  readonly config?: JsonValue;
}

/** The value of KUBERNETES_EXEC_INFO. */
export function execInfo(apiVersion: ExecVersion, interactive: boolean, cluster: ExecCluster | undefined): string {
  const spec = { ...(cluster === undefined ? {} : { cluster }), interactive };
  return JSON.stringify({ kind: "ExecCredential", apiVersion, spec });
}

/**
 * Reads what a plugin printed: an ExecCredential of the version that was asked for
 * (https://kubernetes.io/docs/reference/config-api/client-authentication.v1/). A problem never quotes it: it may be or
 * hold a credential.
 */
export function readExecCredential(
  output: string,
  apiVersion: ExecVersion,
  now: number,
): Expiring<CredentialPart> | { readonly problem: string } {
  const credential = parse(output);
  if (credential === undefined)
    return { problem: output.trim() === "" ? "printed nothing" : "printed something that is not JSON" };
  if (get(credential, "kind") !== "ExecCredential") return { problem: "printed JSON that is not an ExecCredential" };
  if (get(credential, "apiVersion") !== apiVersion)
    return { problem: `printed an ExecCredential of another version than ${apiVersion}, which the kubeconfig names` };
  const status = get(credential, "status");
  if (!isObject(status)) return { problem: "printed an ExecCredential without a status" };
  const [token, certificate, key, expiration] = [
    textOf(status, "token"),
    textOf(status, "clientCertificateData"),
    textOf(status, "clientKeyData"),
    textOf(status, "expirationTimestamp"),
  ];
  if (token === null || certificate === null || key === null || expiration === null)
    return { problem: "printed an ExecCredential with a status whose fields are not text" };
  if ((certificate === undefined) !== (key === undefined))
    return { problem: "printed only one of client certificate and key" };
  if (token === undefined && certificate === undefined) return { problem: "printed neither a token nor a certificate" };
  const authorization = token === undefined ? undefined : bearer(token);
  if (token !== undefined && authorization === undefined)
    return { problem: "printed a token with characters that a token cannot have" };
  const ends: number[] = [];
  if (expiration !== undefined) {
    const expires = timestamp(expiration);
    if (expires === undefined) return { problem: "printed an expirationTimestamp that is not an RFC 3339 time" };
    ends.push(expires);
  }
  if (certificate !== undefined && key !== undefined) {
    const pair = checkKeyPair(certificate, key);
    if ("problem" in pair) return { problem: `printed a client certificate that cannot be used: ${pair.problem}` };
    ends.push(pair.leaf.validToDate.getTime());
  }
  const expires = ends.length === 0 ? undefined : Math.min(...ends);
  if (expires !== undefined && expires <= now)
    return { problem: `printed a credential that expired ${new Date(expires).toISOString()}` };
  const value: CredentialPart = {
    ...(authorization === undefined ? {} : { authorization }),
    ...(certificate === undefined || key === undefined ? {} : { certificate, key }),
  };
  return { value, ...(expires === undefined ? {} : { expires }) };
}

/** The parser's error would quote the text, so it is dropped. */
function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Undefined for what is missing or empty, null for what is not text. */
function textOf(status: JsonValue, key: string): string | null | undefined {
  const value = get(status, key);
  if (value === undefined || value === null || value === "") return undefined;
  return typeof value === "string" ? value : null;
}

function timestamp(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
