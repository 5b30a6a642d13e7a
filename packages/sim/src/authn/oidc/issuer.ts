import { X509Certificate } from "node:crypto";
import { duplicateValue, invalidValue, requiredValue } from "../../field-problem.ts";
import type { JwtIssuer } from "./jwt-issuer.ts";
import type { ShapeReader } from "./shape-reader.ts";

type Issuer = Pick<JwtIssuer, "url" | "discoveryUrl" | "certificateAuthority" | "audiences">;

/** Reads `issuer` of a JWT authenticator. */
export function readIssuer(issuer: ShapeReader, ownIssuers: readonly string[]): Issuer {
  const url = issuer.text("url");
  if (url === "") issuer.problems.push(requiredValue(issuer.at("url")));
  else urlProblems(issuer, "url", url, ownIssuers);
  const discoveryUrl = issuer.text("discoveryURL");
  if (discoveryUrl !== "") discoveryProblems(issuer, url, discoveryUrl);
  const audiences = issuer.texts("audiences");
  audienceProblems(issuer, audiences);
  const certificateAuthority = issuer.text("certificateAuthority");
  if (certificateAuthority !== "" && !isCertificate(certificateAuthority)) {
    const why = "data does not contain any valid RSA or ECDSA certificates";
    issuer.problems.push(invalidValue(issuer.at("certificateAuthority"), "<omitted>", why));
  }
  const egress = issuer.text("egressSelectorType");
  if (egress !== "") {
    issuer.problems.push(invalidValue(issuer.at("egressSelectorType"), egress, "there are no egress selectors here"));
  }
  return {
    url,
    ...(discoveryUrl === "" ? {} : { discoveryUrl }),
    ...(certificateAuthority === "" ? {} : { certificateAuthority }),
    audiences,
  };
}

function discoveryProblems(issuer: ShapeReader, url: string, discoveryUrl: string): void {
  const trimmed = (text: string): string => text.replace(/\/+$/, "");
  if (url !== "" && trimmed(url) === trimmed(discoveryUrl)) {
    const why = "discoveryURL must be different from URL";
    issuer.problems.push(invalidValue(issuer.at("discoveryURL"), discoveryUrl, why));
  }
  urlProblems(issuer, "discoveryURL", discoveryUrl, []);
}

function urlProblems(issuer: ShapeReader, key: string, text: string, disallowed: readonly string[]): void {
  const say = (why: string): void => void issuer.problems.push(invalidValue(issuer.at(key), text, why));
  if (disallowed.includes(text)) {
    say(`URL must not overlap with disallowed issuers: [${[...disallowed].sort().join(" ")}]`);
  }
  const url = URL.parse(text);
  if (url?.protocol !== "https:") say("URL scheme must be https");
  if (url === null) return;
  if (url.username !== "" || url.password !== "") say("URL must not contain a username or password");
  if (url.search.length > 1) say("URL must not contain a query");
  if (url.hash.length > 1) say("URL must not contain a fragment");
}

function audienceProblems(issuer: ShapeReader, audiences: readonly string[]): void {
  const at = issuer.at("audiences");
  if (audiences.length === 0) {
    issuer.problems.push(requiredValue(at, `at least one ${at} is required`));
    return;
  }
  const seen = new Set<string>();
  for (const [index, audience] of audiences.entries()) {
    if (audience === "") issuer.problems.push(requiredValue(`${at}[${index}]`));
    if (seen.has(audience)) issuer.problems.push(duplicateValue(`${at}[${index}]`, audience));
    seen.add(audience);
  }
  const policy = issuer.text("audienceMatchPolicy");
  if (policy === "MatchAny" || (policy === "" && audiences.length === 1)) return;
  const wanted = audiences.length === 1 ? "empty or MatchAny for single audience" : "MatchAny for multiple audiences";
  const why = `audienceMatchPolicy must be ${wanted}`;
  issuer.problems.push(invalidValue(issuer.at("audienceMatchPolicy"), policy, why));
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).publicKey !== undefined;
  } catch {
    return false;
  }
}
