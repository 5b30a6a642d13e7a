import { KubeError } from "../errors.ts";
import type { ClusterAccess } from "./access.ts";
import { basic, bearer } from "./credentials/authorization.ts";
import { combine } from "./credentials/combine.ts";
import { type Impersonation, impersonationHeaders } from "./credentials/impersonate.ts";
import { checkKeyPair, readCertificates } from "./credentials/pem.ts";
import { constantSource, type CredentialPart } from "./credentials/source.ts";
import { guardedUrl } from "./hidden.ts";

/** A cluster and a user, written out in code. PEM texts. */
export interface AccessLiteral {
  /** How messages name the cluster; the server's host unless told. */
  readonly name?: string;
  readonly server: string | URL;
  readonly namespace?: string;
  readonly proxy?: string | URL;
  /** The system's certificates if absent. */
  readonly ca?: string | readonly string[];
  readonly serverName?: string;
  readonly insecureSkipVerify?: boolean;
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly impersonate?: Impersonation;
}

/**
 * Access from what a program knows already. What cannot be used throws a `KubeError` of code `config`, which never
 * quotes a secret.
 */
export function accessOf(literal: AccessLiteral): ClusterAccess {
  const { ca, certificate, key, serverName, insecureSkipVerify, impersonate, namespace = "default" } = literal;
  const server = urlOf(literal.server, "server", ["https:", "http:"]);
  const proxy = literal.proxy === undefined ? undefined : urlOf(literal.proxy, "proxy", ["http:", "https:", "socks5:"]);
  if (server.username !== "" || server.password !== "") throw wrong("the server's address has a user or password");
  const bundles = ca === undefined ? undefined : [ca].flat();
  for (const bundle of bundles ?? []) {
    const read = readCertificates(bundle);
    if ("problem" in read) throw wrong(`ca ${read.problem}`);
  }
  if ((certificate === undefined) !== (key === undefined)) throw wrong("certificate and key belong together");
  const pair = certificate === undefined || key === undefined ? undefined : checkKeyPair(certificate, key);
  if (pair !== undefined && "problem" in pair) throw wrong(pair.problem);
  const as = impersonate === undefined ? { headers: {} } : impersonationHeaders(impersonate);
  if ("problem" in as) throw wrong(as.problem);
  const authorization = authorizationOf(literal);
  const part: CredentialPart = {
    ...(authorization === undefined ? {} : { authorization }),
    ...(bundles === undefined ? {} : { ca: bundles }),
    ...(certificate === undefined || key === undefined ? {} : { certificate, key }),
  };
  return {
    name: literal.name ?? server.host,
    server,
    namespace,
    ...(proxy === undefined ? {} : { proxy: guardedUrl(proxy) }),
    credentials: combine([constantSource(part)], {
      cluster: literal.name ?? server.host,
      headers: as.headers,
      ...(serverName === undefined ? {} : { serverName }),
      ...(insecureSkipVerify === undefined ? {} : { insecureSkipVerify }),
    }),
  };
}

function authorizationOf({ token, username, password }: AccessLiteral): string | undefined {
  if (token !== undefined && username !== undefined) throw wrong("token and username exclude each other");
  const header =
    token !== undefined ? bearer(token) : username !== undefined ? basic(username, password ?? "") : undefined;
  if (header === undefined && (token ?? username) !== undefined)
    throw wrong(`the ${token === undefined ? "username or password" : "token"} has characters that cannot be sent`);
  return header;
}

function urlOf(given: string | URL, what: string, protocols: readonly string[]): URL {
  // A copy: what is done to it later must not reach the caller's.
  const url = URL.canParse(String(given)) ? new URL(given) : undefined;
  if (url !== undefined && protocols.includes(url.protocol) && url.hostname !== "") return url;
  throw wrong(`the ${what} is no ${protocols.join(" or ")} address`);
}

function wrong(message: string): KubeError {
  return new KubeError("config", message);
}
