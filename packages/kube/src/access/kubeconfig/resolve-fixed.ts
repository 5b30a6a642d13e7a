import { systemClock } from "../../clock.ts";
import { basic, bearer, tokenExpiry } from "../credentials/authorization.ts";
import { checkKeyPair } from "../credentials/pem.ts";
import { keyPairSource } from "../credentials/pem-files.ts";
import { constantSource, type CredentialPart, type Source } from "../credentials/source.ts";
import { tokenFileSource } from "../credentials/token-file.ts";
import type { Place } from "./kubeconfig.ts";
import { fileOf, firstValue, originOf } from "./origin.ts";
import type { UserContext } from "./user-context.ts";

export function resolveBasic({ entry, report }: UserContext): Source<CredentialPart> | undefined {
  const { username = "", password } = entry.settings;
  if (username === "" && password === undefined) return;
  const authorization = basic(username, password?.reveal() ?? "");
  if (authorization !== undefined) return constantSource({ authorization });
  report.error("FL728", entry.at(["username"]), "username or password has a character that cannot be sent");
  return undefined;
}

export async function resolveToken(context: UserContext): Promise<Source<CredentialPart> | undefined> {
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
    const source = tokenFileSource(origin, options.clock ?? systemClock, fixed);
    await firstValue(source, entry.at(["tokenFile"]), report);
    return source;
  }
  if (text === undefined || fixed === undefined) return;
  const { clock = systemClock } = options;
  warnExpired(context, tokenExpiry(text.reveal()), clock.now(), "the token", ["token"]);
  return constantSource({ authorization: fixed });
}

export async function resolveCertificate(context: UserContext): Promise<Source<CredentialPart> | undefined> {
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
  const source = keyPairSource(certificate, key, clock);
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
