import path from "node:path";
import { isIP } from "node:net";
import type { TextOrigin } from "../credentials/files.ts";
import { caSource } from "../credentials/pem-files.ts";
import type { CredentialPart, Source } from "../credentials/source.ts";
import { guardedUrl } from "../hidden.ts";
import type { ClusterSettings, Entry, Place } from "./kubeconfig.ts";
import { firstValue, originOf } from "./origin.ts";
import type { Report, ResolveOptions } from "./resolve-options.ts";
import { proxyFromEnvironment } from "./proxy-environment.ts";
import { systemClock } from "../../clock.ts";

/** How a cluster is reached, before anything is known of the user. */
export interface ResolvedCluster {
  readonly server: URL;
  readonly proxy?: URL;
  /** The proxy as it was written, for exec plugins; the environment's is theirs anyway. */
  readonly proxyUrl?: string;
  /** Gives `ca`. Absent: the system's certificates count. */
  readonly ca?: Source<CredentialPart>;
  readonly serverName?: string;
  readonly insecureSkipVerify: boolean;
}

const none: Entry<ClusterSettings> = { name: "", settings: {}, at: () => ({}) };

/** Undefined if something is wrong; the report says what. */
export async function resolveCluster(
  entry: Entry<ClusterSettings> = none,
  options: ResolveOptions,
  report: Report,
): Promise<ResolvedCluster | undefined> {
  const { settings } = entry;
  const overridden = options.server !== undefined;
  const tls = tlsSettings(entry, options, report);
  if (tls === undefined) return;
  const serverPlace = overridden ? {} : entry.at(["server"]);
  const text = options.server ?? settings.server;
  if (text === undefined) {
    report.error("FL727", entry.at(), `the cluster ${JSON.stringify(entry.name)} has no server`);
    return;
  }
  if (!overridden && settings.serverHasUser === true) return userInServer(serverPlace, report);
  const server = serverUrl(text, tls.origin !== undefined || tls.insecure, serverPlace, report);
  // As in client-go: whoever names another server names the certificate's name with it.
  const serverName = options.tlsServerName ?? (overridden ? undefined : settings.tlsServerName);
  const proxyText = options.proxyUrl ?? settings.proxyUrl?.reveal();
  const proxy =
    proxyText === undefined
      ? server && proxyFromEnvironment(server, options.env ?? process.env)
      : proxyUrl(proxyText, options.proxyUrl === undefined ? entry.at(["proxy-url"]) : {}, report);
  if (server === undefined || (proxyText !== undefined && proxy === undefined)) return;
  let ca: Source<CredentialPart> | undefined;
  if (tls.origin !== undefined) {
    ca = caSource(tls.origin, options.clock ?? systemClock);
    if ((await firstValue(ca, tls.place, report)) === undefined) return;
  }
  return {
    server,
    ...(proxy === undefined ? {} : { proxy: guardedUrl(proxy) }),
    ...(proxyText === undefined ? {} : { proxyUrl: proxyText }),
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { serverName }),
    insecureSkipVerify: tls.insecure,
  };
}

interface TlsSettings {
  readonly origin?: TextOrigin;
  readonly place: Place;
  readonly insecure: boolean;
}

/** An option about the server's certificate replaces all that the entry says of it, as in client-go. */
function tlsSettings(entry: Entry<ClusterSettings>, options: ResolveOptions, report: Report): TlsSettings | undefined {
  const { certificateAuthority: file, insecureSkipTlsVerify: insecure = false } = options;
  if (insecure && file !== undefined) {
    report.error("FL730", {}, "a certificate authority is named, and the server's certificate is not to be checked");
    return;
  }
  if (file !== undefined) return { origin: { kind: "file", path: path.resolve(file) }, place: {}, insecure };
  if (insecure) return { place: {}, insecure };
  const { certificateAuthorityData, certificateAuthority, insecureSkipTlsVerify = false } = entry.settings;
  const origin = originOf(entry, "certificate-authority", certificateAuthorityData, certificateAuthority, report);
  if (origin === "refused") return;
  const field = certificateAuthorityData === undefined ? "certificate-authority" : "certificate-authority-data";
  if (origin !== undefined && insecureSkipTlsVerify) {
    const place = entry.at(["insecure-skip-tls-verify"]);
    report.error("FL730", place, `insecure-skip-tls-verify and ${field} exclude each other`);
    return;
  }
  return { ...(origin === undefined ? {} : { origin }), place: entry.at([field]), insecure: insecureSkipTlsVerify };
}

/** client-go takes `HOST:PORT` as well, with https when the entry speaks of certificates and http otherwise. */
function serverUrl(text: string, secure: boolean, place: Place, report: Report): URL | undefined {
  const complete = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${secure ? "https" : "http"}://${text}`;
  const url = URL.canParse(complete) ? new URL(complete) : undefined;
  const wrong = (problem: string, hint?: string): undefined => {
    report.error("FL727", place, problem, hint);
  };
  if (url === undefined) return wrong("the server's address cannot be read as a URL");
  if (url.username !== "" || url.password !== "") return userInServer(place, report);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return wrong(`the server's address begins with ${url.protocol}//`, "it has to begin with https://");
  if (url.hostname === "") return wrong("the server's address has no host");
  if (url.search !== "" || url.hash !== "") return wrong("the server's address has a query or fragment");
  return url;
}

function userInServer(place: Place, report: Report): undefined {
  report.error("FL727", place, "the server's address has a user or password", "put them into the user's entry");
}

/** Never quotes the address: it may have a password. */
function proxyUrl(text: string, place: Place, report: Report): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const wellFormed = url !== undefined && ["http:", "https:", "socks5:"].includes(url.protocol) && url.hostname !== "";
  if (wellFormed && isDecodable(url.username + url.password)) return url;
  const bare = isIP(text) !== 0 || /^[\w.-]+:\d+$/.test(text);
  const hint = bare ? "write the scheme, too, as in http://proxy.example.com:3128" : undefined;
  report.error("FL727", place, "the proxy's address is no http:, https: or socks5: URL", hint);
  return undefined;
}

/** Whether each `%` begins an escape, and they are UTF-8. */
function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}
