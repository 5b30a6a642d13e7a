import path from "node:path";
import { systemClock } from "../../clock.ts";
import { KubeError } from "../../errors.ts";
import { basic, bearer, tokenExpiry } from "../credentials/authorization.ts";
import { fileSource, type TextOrigin } from "../credentials/files.ts";
import { impersonationHeaders } from "../credentials/impersonate.ts";
import { checkKeyPair } from "../credentials/pem.ts";
import { constantSource, type CredentialPart, type Source } from "../credentials/source.ts";
import { secret } from "../hidden.ts";
import type { UserContext } from "./user-context.ts";
import type { ClusterSettings, Entry, Place, UserSettings } from "./kubeconfig.ts";
import { fileOf, firstValue, originOf } from "./origin.ts";
import type { ResolvedCluster } from "./resolve-cluster.ts";
import { resolveExec } from "./resolve-exec.ts";
import type { Report, ResolveOptions } from "./resolve-options.ts";
import { resolveProvider } from "./resolve-provider.ts";

export interface ResolvedUser {
  readonly sources: readonly Source<CredentialPart>[];
  /** Whom to act as. */
  readonly headers: { readonly [name: string]: string | readonly string[] };
}

const anonymous: Entry<UserSettings> = { name: "", settings: {}, at: () => ({}) };

/** What is wrong is in the report. */
export async function resolveUser(
  given: Entry<UserSettings> | undefined,
  cluster: ResolvedCluster,
  clusterSettings: ClusterSettings | undefined,
  options: ResolveOptions,
  report: Report,
): Promise<ResolvedUser> {
  const entry = overridden(given ?? anonymous, options);
  const context: UserContext = { entry, options, report, cluster, clusterSettings };
  const headers = impersonation(context);
  if (cluster.server.protocol === "http:") {
    if (authenticates(entry.settings))
      report.warn(
        "FL730",
        entry.at(),
        "the credentials are not sent, because the server's address begins with http://",
      );
    return { sources: [], headers: {} };
  }
  contradictions(context);
  if (report.findings.some(({ severity }) => severity === "error")) return { sources: [], headers };
  const certificate = await clientCertificate(context);
  // A token of the entry keeps a plugin from being run, as in client-go; `contradictions` has said so.
  const fixed = (await bearerToken(context)) ?? basicAuth(context);
  // A plugin's certificate, if it gives one, replaces the entry's.
  const sources = [certificate, fixed ?? resolveExec(context) ?? resolveProvider(context)];
  return { sources: sources.filter((source) => source !== undefined), headers };
}

/**
 * An option that authenticates replaces all that the entry has. client-go only adds it, so that a client certificate
 * of the entry still wins over `--token` at the server, to everybody's surprise.
 */
function overridden(entry: Entry<UserSettings>, options: ResolveOptions): Entry<UserSettings> {
  const { token: given, tokenFile, clientCertificate: certificate, clientKey: key } = options;
  if (given === undefined && tokenFile === undefined && certificate === undefined && key === undefined) return entry;
  const { as, asUid, asGroups, asUserExtra } = entry.settings;
  const settings: UserSettings = {
    ...(as === undefined ? {} : { as }),
    ...(asUid === undefined ? {} : { asUid }),
    ...(asGroups === undefined ? {} : { asGroups }),
    ...(asUserExtra === undefined ? {} : { asUserExtra }),
    ...(given === undefined ? {} : { token: secret(given) }),
    ...(tokenFile === undefined ? {} : { tokenFile: path.resolve(tokenFile) }),
    ...(certificate === undefined ? {} : { clientCertificate: path.resolve(certificate) }),
    ...(key === undefined ? {} : { clientKey: path.resolve(key) }),
  };
  return { name: entry.name, settings, folder: process.cwd(), at: () => ({}) };
}

function authenticates({
  as: _as,
  asUid: _uid,
  asGroups: _groups,
  asUserExtra: _extra,
  ...rest
}: UserSettings): boolean {
  return Object.keys(rest).length > 0;
}

function contradictions({ entry, report }: UserContext): void {
  const { settings } = entry;
  const token = settings.token !== undefined || settings.tokenFile !== undefined;
  const password = settings.username !== undefined || settings.password !== undefined;
  const tokenField = settings.tokenFile === undefined ? "token" : "tokenFile";
  if (token && password)
    report.error("FL730", entry.at([tokenField]), "a token and a username with password exclude each other");
  if (settings.exec !== undefined && settings.authProvider !== undefined)
    report.error("FL730", entry.at(["auth-provider"]), "exec and auth-provider exclude each other");
  const plugin =
    settings.exec !== undefined ? "exec" : settings.authProvider !== undefined ? "auth-provider" : undefined;
  if (plugin !== undefined && (token || password)) {
    const used = token ? tokenField : "username";
    report.warn(
      "FL730",
      entry.at([plugin]),
      `${plugin} is never used, because ${used} is given, too`,
      `remove ${plugin} or ${used}`,
    );
  }
}

function impersonation({ entry, options, report }: UserContext): ResolvedUser["headers"] {
  const { settings } = entry;
  const user = options.as ?? settings.as;
  const uid = options.asUid ?? settings.asUid;
  const groups = options.asGroups ?? settings.asGroups;
  const extra = options.asUserExtra ?? settings.asUserExtra;
  const place = options.as === undefined ? entry.at(["as"]) : {};
  if (user === undefined) {
    if (uid !== undefined || (groups?.length ?? 0) > 0 || Object.keys(extra ?? {}).length > 0)
      report.error("FL730", place, "groups, uid or extra to act as are given, but no user", "name the user with `as`");
    return {};
  }
  const made = impersonationHeaders({
    user,
    ...(uid === undefined ? {} : { uid }),
    ...(groups === undefined ? {} : { groups }),
    ...(extra === undefined ? {} : { extra }),
  });
  if ("headers" in made) return made.headers;
  report.error("FL722", place, made.problem);
  return {};
}

function basicAuth({ entry, report }: UserContext): Source<CredentialPart> | undefined {
  const { username = "", password } = entry.settings;
  if (username === "" && password === undefined) return;
  const authorization = basic(username, password?.reveal() ?? "");
  if (authorization !== undefined) return constantSource({ authorization });
  report.error("FL728", entry.at(["username"]), "username or password has a character that cannot be sent");
  return undefined;
}

async function bearerToken(context: UserContext): Promise<Source<CredentialPart> | undefined> {
  const { entry, options, report } = context;
  const { token: text, tokenFile } = entry.settings;
  const fixed = text === undefined ? undefined : bearer(text.reveal());
  if (text !== undefined && fixed === undefined) {
    const hint = "it is one word; line breaks and quotes often come in with copying";
    report.error("FL728", entry.at(["token"]), "the token has characters that a token cannot have", hint);
    return;
  }
  if (tokenFile !== undefined) {
    const origin = fileOf(entry, "tokenFile", tokenFile, report);
    if (origin === "refused") return;
    const source = tokenFileSource(origin, options, fixed);
    await firstValue(source, entry.at(["tokenFile"]), report);
    return source;
  }
  if (text === undefined || fixed === undefined) return;
  const { clock = systemClock } = options;
  warnExpired(context, tokenExpiry(text.reveal()), clock.now(), "the token", ["token"]);
  return constantSource({ authorization: fixed });
}

/** The token of a file; `otherwise` (a header) as long as the file was never readable, as in client-go. */
export function tokenFileSource(
  origin: TextOrigin,
  { clock = systemClock }: ResolveOptions,
  otherwise?: string,
): Source<CredentialPart> {
  const where = origin.kind === "file" ? origin.path : "the token";
  const source = fileSource<CredentialPart>([origin], {
    clock,
    read([text = ""]) {
      const authorization = bearer(text.trim());
      if (authorization !== undefined) return { authorization };
      const problem = text.trim() === "" ? "is empty" : "holds something else than one token";
      throw new KubeError("credentials", `${where} ${problem}`, {
        hint: "the file has to hold a token and nothing else",
      });
    },
  });
  if (otherwise === undefined) return source;
  const fallback: CredentialPart = { authorization: otherwise };
  const orElse = (error: unknown): CredentialPart => {
    if (error instanceof KubeError && error.code === "credentials") return fallback;
    throw error;
  };
  return {
    current: (signal) => source.current(signal).catch(orElse),
    again: (value, signal) => source.again(value, signal).catch(orElse),
  };
}

async function clientCertificate(context: UserContext): Promise<Source<CredentialPart> | undefined> {
  const { entry, options, report } = context;
  const { clientCertificate: file, clientCertificateData: data, clientKey: keyFile, clientKeyData } = entry.settings;
  const certificate = originOf(entry, "client-certificate", data, file, report);
  const key = originOf(entry, "client-key", clientKeyData?.reveal(), keyFile, report);
  if (certificate === "refused" || key === "refused") return;
  const field = data === undefined ? "client-certificate" : "client-certificate-data";
  if (certificate === undefined && key === undefined) return;
  if (certificate === undefined) {
    report.warn("FL730", entry.at(), "the client key is not used, because there is no client certificate");
    return;
  }
  if (key === undefined) {
    const hint = "add client-key or client-key-data";
    report.error("FL730", entry.at([field]), "there is a client certificate without its key", hint);
    return;
  }
  const { clock = systemClock } = options;
  const source = fileSource<CredentialPart>([certificate, key], {
    clock,
    read([certificateText = "", keyText = ""]) {
      const pair = checkKeyPair(certificateText, keyText);
      if (!("problem" in pair)) return { certificate: certificateText, key: keyText };
      throw new KubeError("credentials", pair.problem, pair.hint === undefined ? {} : { hint: pair.hint });
    },
  });
  const first = await firstValue(source, entry.at([field]), report);
  const pair = first === undefined ? undefined : checkKeyPair(first.certificate ?? "", first.key ?? "");
  if (pair !== undefined && "leaf" in pair)
    warnExpired(context, pair.leaf.validToDate.getTime(), clock.now(), "the client certificate", [field]);
  return source;
}

function warnExpired(
  { entry, report }: UserContext,
  expires: number | undefined,
  now: number,
  what: string,
  field: readonly string[],
): void {
  if (expires === undefined || expires > now || !Number.isFinite(expires)) return;
  const place: Place = entry.at(field);
  report.warn("FL734", place, `${what} expired ${new Date(expires).toISOString().slice(0, 16)}Z`);
}
