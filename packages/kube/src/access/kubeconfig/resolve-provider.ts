import { readFile } from "node:fs/promises";
import path from "node:path";
import { systemClock } from "../../clock.ts";
import { KubeError } from "../../errors.ts";
import { tokenExpiry } from "../credentials/authorization.ts";
import { keepTokens } from "../credentials/keep-tokens.ts";
import { oidcSource, type RefreshedTokens } from "../credentials/oidc.ts";
import { decodeBase64, readCertificates } from "../credentials/pem.ts";
import type { CredentialPart, Source } from "../credentials/source.ts";
import { secret } from "../hidden.ts";
import { whyUnreadable } from "../read-bounded.ts";
import type { UserContext } from "./user-context.ts";

const successors: ReadonlyMap<string, string> = new Map([
  ["gcp", "install gke-gcloud-auth-plugin and run `gcloud container clusters get-credentials NAME` anew"],
  ["azure", "install kubelogin and run `kubelogin convert-kubeconfig`"],
  ["openstack", "use client-keystone-auth as an exec plugin"],
]);

/** The legacy auth-provider of a user: `oidc` is the only one that Kubernetes still has. */
export function resolveProvider(context: UserContext): Source<CredentialPart> | undefined {
  const { entry, report } = context;
  const { authProvider } = entry.settings;
  if (authProvider === undefined) return;
  const { name } = authProvider;
  if (name === "oidc") return resolveOidc(context, authProvider.config.reveal());
  const successor = successors.get(name);
  const message =
    successor === undefined
      ? `the auth-provider ${JSON.stringify(name.slice(0, 100))} is unknown`
      : `the auth-provider ${name} was removed from Kubernetes in 1.26`;
  report.error(
    "FL732",
    entry.at(["auth-provider", "name"]),
    message,
    successor ?? "use an exec plugin; oidc is the only auth-provider left",
  );
  return undefined;
}

function resolveOidc(context: UserContext, config: ReadonlyMap<string, string>): Source<CredentialPart> | undefined {
  const { entry, report, options } = context;
  const clock = options.clock ?? systemClock;
  const field = (key: string): string | undefined => config.get(key) || undefined;
  const at = (key: string) => entry.at(["auth-provider", "config", key]);
  const idToken = field("id-token");
  const missing = ["idp-issuer-url", "client-id", "refresh-token"].filter((key) => field(key) === undefined);
  const expires = idToken === undefined ? undefined : tokenExpiry(idToken);
  const ended = expires !== undefined && expires <= clock.now();
  if (missing.length > 0 && (idToken === undefined || ended)) {
    const what = ended
      ? `the id-token expired ${new Date(expires).toISOString().slice(0, 16)}Z`
      : "there is no id-token";
    report.error("FL733", at("id-token"), `${what}, and there is no ${missing.join(", ")} to get one with`);
    return;
  }
  const issuer = field("idp-issuer-url");
  if (issuer !== undefined && !/^https?:\/\/[^\s?#]+$/.test(issuer)) {
    report.error("FL727", at("idp-issuer-url"), "idp-issuer-url is no https: URL");
    return;
  }
  const ca = caOf(context, field("idp-certificate-authority-data"), field("idp-certificate-authority"));
  if (ca === "refused") return;
  const [clientId, clientSecret, refreshToken] = [field("client-id"), field("client-secret"), field("refresh-token")];
  const kept = writeBack(context);
  return oidcSource(
    {
      ...(issuer === undefined ? {} : { issuer }),
      ...(clientId === undefined ? {} : { clientId }),
      ...(clientSecret === undefined ? {} : { clientSecret: secret(clientSecret) }),
      ...(idToken === undefined ? {} : { idToken: secret(idToken) }),
      ...(refreshToken === undefined ? {} : { refreshToken: secret(refreshToken) }),
      ...(ca === undefined ? {} : { ca }),
    },
    { clock, ...(kept === undefined ? {} : { refreshed: kept }) },
  );
}

/** Writes new tokens back into the file that had the old ones, as kubectl does. */
function writeBack({ entry, options }: UserContext): ((tokens: RefreshedTokens) => Promise<void>) | undefined {
  const { file } = entry.at();
  if (file === undefined || entry.folder === undefined) return undefined;
  const target = path.join(entry.folder, path.basename(file));
  return async (tokens) => {
    const problem = await keepTokens(target, { user: entry.name, ...tokens }, options.clock ?? systemClock);
    if (problem !== undefined) options.onWarning?.(`the new OIDC tokens of ${entry.name} are not kept: ${problem}`);
  };
}

/** The certificates of the issuer. A relative path counts from the kubeconfig's folder, as all others do. */
function caOf(
  { entry, report }: UserContext,
  data: string | undefined,
  file: string | undefined,
): (() => Promise<string>) | "refused" | undefined {
  const at = (key: string) => entry.at(["auth-provider", "config", key]);
  if (data !== undefined) {
    const text = decodeBase64(data);
    const problem = text === undefined ? { problem: "is not base64" } : readCertificates(text);
    if ("problem" in problem) {
      report.error("FL728", at("idp-certificate-authority-data"), `idp-certificate-authority-data ${problem.problem}`);
      return "refused";
    }
    return async () => text ?? "";
  }
  if (file === undefined) return undefined;
  if (entry.folder === undefined) {
    report.error(
      "FL735",
      at("idp-certificate-authority"),
      "idp-certificate-authority names a file, which this kubeconfig may not do",
    );
    return "refused";
  }
  const resolved = path.resolve(entry.folder, file);
  return async () => {
    try {
      return await readFile(resolved, "utf8");
    } catch (error) {
      throw new KubeError("credentials", `${resolved} cannot be read: ${whyUnreadable(error)}`, { cause: error });
    }
  };
}
