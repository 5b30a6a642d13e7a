import { get, isObject, type JsonValue, textOf } from "@fairlead/apimachinery";
import type { FieldProblem } from "../../errors.ts";
import { duplicateValue, invalidValue, requiredValue } from "../../field-problem.ts";
import { defaultIssuer } from "../service-account-claims.ts";
import { readClaimMappings, readClaimRules, readUserRules } from "./claim-mappings.ts";
import { readIssuer } from "./issuer.ts";
import type { JwtIssuer } from "./jwt-issuer.ts";
import { readShape, type ShapeReader } from "./shape-reader.ts";

/** What a file of kind `AuthenticationConfiguration` (apiserver.config.k8s.io/v1) says. */
export interface AuthenticationConfiguration {
  readonly issuers: readonly JwtIssuer[];
  /** Who may send requests without credentials; undefined where the file says nothing of it. */
  readonly anonymous: boolean | { readonly paths: readonly string[] } | undefined;
}

export type ReadConfiguration =
  | { readonly kind: "configuration"; readonly configuration: AuthenticationConfiguration }
  | { readonly kind: "problems"; readonly problems: readonly FieldProblem[] };

const mapping = ["claim", "prefix", "expression"];
const keys = {
  "": ["apiVersion", "kind", "jwt", "anonymous"],
  anonymous: ["enabled", "conditions"],
  "anonymous.conditions[]": ["path"],
  "jwt[]": ["issuer", "claimValidationRules", "claimMappings", "userValidationRules"],
  "jwt[].issuer": [
    "url",
    "discoveryURL",
    "certificateAuthority",
    "audiences",
    "audienceMatchPolicy",
    "egressSelectorType",
  ],
  "jwt[].claimValidationRules[]": ["claim", "requiredValue", "expression", "message"],
  "jwt[].claimMappings": ["username", "groups", "uid", "extra"],
  "jwt[].claimMappings.username": mapping,
  "jwt[].claimMappings.groups": mapping,
  "jwt[].claimMappings.uid": ["claim", "expression"],
  "jwt[].claimMappings.extra[]": ["key", "valueExpression"],
  "jwt[].userValidationRules[]": ["expression", "message"],
};

const versions = ["apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1beta1", "apiserver.config.k8s.io/v1alpha1"];
const mostIssuers = 64;

/**
 * Reads and validates the content of such a file. `ownIssuers` are those of service account tokens: nobody else may
 * issue in their name.
 */
export function readAuthenticationConfiguration(
  value: JsonValue,
  ownIssuers: readonly string[] = [defaultIssuer],
): ReadConfiguration {
  const version = get(value, "apiVersion");
  if (!isObject(value) || get(value, "kind") !== "AuthenticationConfiguration" || !versions.includes(textOf(version))) {
    const message = `must be an AuthenticationConfiguration of ${versions[0]}`;
    return { kind: "problems", problems: [{ field: "", reason: "FieldValueInvalid", message }] };
  }
  const problems: FieldProblem[] = [];
  const file = readShape(value, keys, problems);
  const authenticators = file.objects("jwt");
  if (authenticators.length > mostIssuers) {
    problems.push(invalidValue("jwt", authenticators.length, `must have at most ${mostIssuers} items`));
  }
  const issuers = authenticators.map((one) => readAuthenticator(one, ownIssuers));
  problems.push(...repeated(issuers));
  const anonymous = file.has("anonymous") ? readAnonymous(file.object("anonymous")) : undefined;
  return problems.length > 0
    ? { kind: "problems", problems }
    : { kind: "configuration", configuration: { issuers, anonymous } };
}

function readAuthenticator(authenticator: ShapeReader, ownIssuers: readonly string[]): JwtIssuer {
  const issuer = readIssuer(authenticator.object("issuer"), ownIssuers);
  const claimRules = readClaimRules(authenticator);
  const mappings = readClaimMappings(authenticator.object("claimMappings"), claimRules.claimRules);
  return { ...issuer, ...claimRules, ...mappings, userRules: readUserRules(authenticator) };
}

function* repeated(issuers: readonly JwtIssuer[]): Generator<FieldProblem> {
  const [urls, discoveries] = [new Set<string>(), new Set<string>()];
  for (const [index, { url, discoveryUrl }] of issuers.entries()) {
    if (urls.has(url)) yield duplicateValue(`jwt[${index}].issuer.url`, url);
    urls.add(url);
    if (discoveryUrl === undefined) continue;
    if (discoveries.has(discoveryUrl)) yield duplicateValue(`jwt[${index}].issuer.discoveryURL`, discoveryUrl);
    discoveries.add(discoveryUrl);
  }
}

function readAnonymous(anonymous: ShapeReader): boolean | { readonly paths: readonly string[] } {
  const enabled = anonymous.flag("enabled");
  const paths = anonymous.objects("conditions").map((condition) => {
    const path = condition.text("path");
    if (path === "") anonymous.problems.push(requiredValue(condition.at("path")));
    return path;
  });
  if (paths.length === 0) return enabled;
  if (!enabled) {
    const shown = paths.map((Path) => ({ Path }));
    const why = "enabled should be set to true when conditions are defined";
    anonymous.problems.push(invalidValue(anonymous.at("conditions"), shown, why));
  }
  return { paths };
}
