import { get, isObject, type JsonObject, type JsonValue, setOwn } from "@fairlead/apimachinery";
import type { Expression, Variables } from "@fairlead/apimachinery/cel";
import type { User } from "../../api/user.ts";
import { credentialIdKey } from "../well-known-users.ts";
import type { ClaimMapping, JwtIssuer, ValidationRule } from "./jwt-issuer.ts";

export type ClaimsUser =
  | { readonly kind: "user"; readonly user: User }
  | { readonly kind: "problem"; readonly message: string };

/** Says why there is no user. Caught where the user is made. */
class Refusal extends Error {}

const refuse = (message: string): never => {
  throw new Refusal(`oidc: ${message}`);
};

/** The user that the claims of a verified token make. */
export function claimsUser(claims: JsonObject, issuer: JwtIssuer): ClaimsUser {
  try {
    return { kind: "user", user: userOf(claims, issuer) };
  } catch (error) {
    if (error instanceof Refusal) return { kind: "problem", message: error.message };
    throw error;
  }
}

function userOf(claims: JsonObject, issuer: JwtIssuer): User {
  const name = usernameOf(claims, issuer.username);
  const groups = groupsOf(claims, issuer.groups);
  const uid = uidOf(claims, issuer.uid);
  const extra = extraOf(claims, issuer.extra);
  const user: User = {
    name,
    ...(uid === "" ? {} : { uid }),
    groups,
    ...(Object.keys(extra).length === 0 ? {} : { extra: extra as Record<string, string[]> }),
  };
  for (const { claim, value } of issuer.requiredClaims) {
    if (!Object.hasOwn(claims, claim)) refuse(`required claim ${claim} not present in ID token`);
    const got = textClaim(claims, claim, `parse claim ${claim}`);
    if (got !== value) refuse(`required claim ${claim} value does not match. Got = ${got}, want = ${value}`);
  }
  check(issuer.claimRules, { claims: { kind: "json", value: claims } }, "claim validation expression");
  const seen = { username: name, uid, groups: [...groups], extra };
  check(issuer.userRules, { user: { kind: "json", value: seen } }, "user info validation rule");
  return user;
}

function usernameOf(claims: JsonObject, mapping: ClaimMapping): string {
  if (mapping.kind === "expression") {
    const about = "username claim expression";
    const value = evaluate(mapping.expression, { claims: { kind: "json", value: claims } }, about);
    if (typeof value !== "string") return refuse(`error evaluating ${about}: ${about} must return a string`);
    return value === "" ? refuse("empty username via CEL expression is not allowed") : value;
  }
  const { claim, prefix } = mapping;
  const name = textClaim(claims, claim, `parse username claims "${claim}"`);
  if (claim === "email" && Object.hasOwn(claims, "email_verified")) {
    const verified = get(claims, "email_verified");
    if (verified !== null && typeof verified !== "boolean") {
      refuse(`parse 'email_verified' claim: ${typeText(verified, "bool")}`);
    }
    if (verified !== true) refuse("email not verified");
  }
  return prefix + name;
}

function groupsOf(claims: JsonObject, mapping: ClaimMapping | undefined): readonly string[] {
  if (mapping === undefined) return [];
  if (mapping.kind === "expression") {
    const about = "group claim expression";
    return textsOf(evaluate(mapping.expression, { claims: { kind: "json", value: claims } }, about), about);
  }
  const { claim, prefix } = mapping;
  if (!Object.hasOwn(claims, claim)) {
    // The value may be elsewhere: OpenID Connect Core 1.0, 5.6.2.
    if (Object.hasOwn(isObject(claims["_claim_names"]) ? claims["_claim_names"] : {}, claim)) {
      refuse("could not expand distributed claims: they are not fetched here");
    }
    return [];
  }
  const value = get(claims, claim) ?? null;
  if (value === null) return [];
  if (typeof value === "string") return [prefix + value];
  const isList = Array.isArray(value) && value.every((one) => typeof one === "string");
  if (!isList) return refuse(`parse groups claim "${claim}": ${typeText(value, "string")}`);
  return value.map((one) => `${prefix}${String(one)}`);
}

function uidOf(claims: JsonObject, mapping: ClaimMapping | undefined): string {
  if (mapping === undefined) return "";
  if (mapping.kind === "claim") return textClaim(claims, mapping.claim, `parse uid claim "${mapping.claim}"`);
  const about = "uid claim expression";
  const value = evaluate(mapping.expression, { claims: { kind: "json", value: claims } }, about);
  return typeof value === "string" ? value : refuse(`error evaluating ${about}: ${about} must return a string`);
}

function extraOf(claims: JsonObject, mappings: JwtIssuer["extra"]): JsonObject {
  const extra: JsonObject = {};
  const id = get(claims, "jti");
  if (typeof id === "string" && id !== "") setOwn(extra, credentialIdKey, [`JTI=${id}`]);
  for (const { key, expression } of mappings) {
    const value = evaluate(expression, { claims: { kind: "json", value: claims } }, undefined);
    const texts = textsOf(value, `extra claim expression: ${expression.text}`);
    if (texts.length > 0) setOwn(extra, key, [...texts]);
  }
  return extra;
}

function textClaim(claims: JsonObject, claim: string, about: string): string {
  const value = get(claims, claim);
  if (value === undefined) return refuse(`${about}: claim not present`);
  if (value === null) return "";
  return typeof value === "string" ? value : refuse(`${about}: ${typeText(value, "string")}`);
}

/** What Go says of a JSON value of another type. */
function typeText(value: JsonValue | undefined, wanted: string): string {
  const kind = Array.isArray(value) ? "array" : isObject(value) ? "object" : typeof value;
  return `json: cannot unmarshal ${kind === "boolean" ? "bool" : kind} into Go value of type ${wanted}`;
}

/** A text, or a list of texts; empty ones are as good as none. */
function textsOf(value: JsonValue | undefined, about: string): readonly string[] {
  const list = typeof value === "string" ? [value] : (value ?? []);
  if (!Array.isArray(list) || !list.every((one) => typeof one === "string")) {
    return refuse(`error evaluating ${about}: expression must return a string or a list of strings`);
  }
  return list.filter((one) => one !== "");
}

function evaluate(expression: Expression, variables: Variables, about: string | undefined): JsonValue | undefined {
  const result = expression.evaluate(variables);
  if (result.kind === "value") {
    const isJson = result.value !== undefined;
    return isJson ? result.value : refuse(`expression '${expression.text}' has no value that could be used`);
  }
  const message = `expression '${expression.text}' resulted in error: ${result.message}`;
  // The API server does not say of extras what they are.
  if (about === undefined) throw new Refusal(message);
  return refuse(`error evaluating ${about}: ${message}`);
}

function check(rules: readonly ValidationRule[], variables: Variables, about: string): void {
  for (const { expression, message } of rules) {
    const value = evaluate(expression, variables, about);
    if (typeof value !== "boolean") refuse(`error evaluating ${about}: validation expression must return a boolean`);
    if (value === false) {
      refuse(`error evaluating ${about}: validation expression '${expression.text}' failed: ${message}`);
    }
  }
}
