import path from "node:path";
import type { CredentialPart, Source } from "../credentials/source.ts";
import { secret } from "../hidden.ts";
import type { ClusterSettings, Entry, UserSettings } from "./kubeconfig.ts";
import type { ResolvedCluster } from "./resolve-cluster.ts";
import { resolveExec } from "./resolve-exec.ts";
import { resolveBasic, resolveCertificate, resolveToken } from "./resolve-fixed.ts";
import { resolveImpersonation } from "./resolve-impersonation.ts";
import type { Report, ResolveOptions } from "./resolve-options.ts";
import { resolveProvider } from "./resolve-provider.ts";
import type { UserContext } from "./user-context.ts";

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
  const headers = resolveImpersonation(context);
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
  const certificate = await resolveCertificate(context);
  // A token of the entry keeps a plugin from being run, as in client-go; `contradictions` has said so.
  const fixed = (await resolveToken(context)) ?? resolveBasic(context);
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
