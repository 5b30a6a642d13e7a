import { secret, type Secret } from "../hidden.ts";
import type { Fields } from "./fields.ts";
import type { ClusterSettings, ContextSettings, ExecSettings, UserSettings } from "./kubeconfig.ts";

/** Drops what is undefined or, as in Go, empty. */
function present<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined && value !== "" && value !== false);
  return Object.fromEntries(entries) as T;
}

function secretText(text: string | undefined): Secret | undefined {
  return text === undefined || text === "" ? undefined : secret(text);
}

export function contextSettings(fields: Fields): ContextSettings {
  fields.known("cluster", "user", "namespace", "extensions");
  return present<ContextSettings>({
    cluster: fields.text("cluster"),
    user: fields.text("user"),
    namespace: fields.text("namespace"),
  });
}

const clusterFields =
  "server tls-server-name insecure-skip-tls-verify certificate-authority certificate-authority-data proxy-url disable-compression extensions";

export function clusterSettings(fields: Fields): ClusterSettings {
  fields.known(...clusterFields.split(" "));
  const forExec = fields.maps("extensions").find((one) => one.text("name") === "client.authentication.k8s.io/exec");
  const execConfig = forExec?.raw("extension");
  const server = fields.text("server");
  // A password in it would be shown wherever the address is; it is refused, so it need not be kept.
  const bare = server?.replace(/^([^/]*\/\/)?[^/]*@/, "$1");
  return present<ClusterSettings>({
    server: bare,
    serverHasUser: bare !== server,
    tlsServerName: fields.text("tls-server-name"),
    insecureSkipTlsVerify: fields.flag("insecure-skip-tls-verify"),
    certificateAuthority: fields.text("certificate-authority"),
    certificateAuthorityData: fields.text("certificate-authority-data"),
    proxyUrl: secretText(fields.text("proxy-url")),
    disableCompression: fields.flag("disable-compression"),
    execConfig: execConfig === undefined ? undefined : secret(execConfig),
  });
}

const userFields =
  "client-certificate client-certificate-data client-key client-key-data token tokenFile username password as as-uid as-groups as-user-extra auth-provider exec extensions";

export function userSettings(fields: Fields): UserSettings {
  fields.known(...userFields.split(" "));
  const provider = fields.map("auth-provider");
  const exec = fields.map("exec");
  const extra = fields.map("as-user-extra");
  const groups = fields.texts("as-groups");
  return present<UserSettings>({
    clientCertificate: fields.text("client-certificate"),
    clientCertificateData: fields.text("client-certificate-data"),
    clientKey: fields.text("client-key"),
    clientKeyData: secretText(fields.text("client-key-data")),
    token: secretText(fields.text("token")),
    tokenFile: fields.text("tokenFile"),
    username: fields.text("username"),
    password: secretText(fields.text("password")),
    as: fields.text("as"),
    asUid: fields.text("as-uid"),
    asGroups: groups?.length === 0 ? undefined : groups,
    asUserExtra: extra === undefined ? undefined : extraOf(extra),
    authProvider:
      provider === undefined ? undefined : { name: provider.text("name") ?? "", config: configOf(provider) },
    exec: exec === undefined ? undefined : execSettings(exec),
  });
}

function extraOf(fields: Fields): { readonly [key: string]: readonly string[] } {
  return Object.fromEntries(fields.keys().map((key) => [key, fields.texts(key) ?? []]));
}

function configOf(provider: Fields): Secret<ReadonlyMap<string, string>> {
  const config = provider.map("config");
  return secret(new Map((config?.keys() ?? []).map((key) => [key, config?.text(key) ?? ""])));
}

function execSettings(fields: Fields): ExecSettings {
  fields.known("apiVersion", "command", "args", "env", "installHint", "provideClusterInfo", "interactiveMode");
  const env = fields.maps("env").map((one) => ({ name: one.text("name") ?? "", value: one.text("value") ?? "" }));
  return present<ExecSettings>({
    apiVersion: fields.text("apiVersion"),
    command: fields.text("command"),
    args: secret(fields.texts("args") ?? []),
    env: secret(env),
    installHint: fields.text("installHint"),
    provideClusterInfo: fields.flag("provideClusterInfo"),
    interactiveMode: fields.text("interactiveMode"),
  });
}
