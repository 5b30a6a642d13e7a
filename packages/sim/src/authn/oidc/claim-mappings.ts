import { compileExpression, type Declarations, type Expression } from "@fairlead/apimachinery/cel";
import { duplicateValue, invalidValue, requiredValue } from "../../field-problem.ts";
import { domainPathProblems } from "../domain-path.ts";
import type { ClaimMapping, JwtIssuer, ValidationRule } from "./jwt-issuer.ts";
import type { ShapeReader } from "./shape-reader.ts";

// Whatever a claim is: it is known when a token comes.
const overClaims: Declarations = { claims: "dyn" };
const overUser: Declarations = {
  user: { name: "kubernetes.UserInfo", fields: { username: "string", uid: "string", groups: "list", extra: "map" } },
};

function compile(
  at: ShapeReader,
  key: string,
  variables: Declarations,
  returns?: readonly string[],
): Expression | undefined {
  const text = at.text(key);
  const compiled = compileExpression(text, { variables, ...(returns === undefined ? {} : { returns }) });
  if (!("problem" in compiled)) return compiled;
  // Admission says also what it got instead; authentication does not.
  const why = compiled.problem.replace(/^(must evaluate to .*) but got .*$/, "$1");
  at.problems.push(invalidValue(at.at(key), text, why));
  return undefined;
}

type ClaimRules = Pick<JwtIssuer, "requiredClaims" | "claimRules">;

/** Reads `claimValidationRules` of a JWT authenticator. */
export function readClaimRules(authenticator: ShapeReader): ClaimRules {
  const requiredClaims: { claim: string; value: string }[] = [];
  const claimRules: ValidationRule[] = [];
  const [claims, expressions] = [new Set<string>(), new Set<string>()];
  for (const rule of authenticator.objects("claimValidationRules")) {
    const [claim, expression] = [rule.text("claim"), rule.text("expression")];
    const [value, message] = [rule.text("requiredValue"), rule.text("message")];
    if (claim !== "" && expression !== "") {
      rule.problems.push(invalidValue(rule.path, claim, "claim and expression can't both be set"));
    } else if (claim === "" && expression === "") {
      rule.problems.push(requiredValue(rule.path, "claim or expression is required"));
    } else if (claim !== "") {
      if (message !== "") notWith(rule, "message", message, "claim");
      if (claims.has(claim)) rule.problems.push(duplicateValue(rule.at("claim"), claim));
      claims.add(claim);
      requiredClaims.push({ claim, value });
    } else {
      if (value !== "") notWith(rule, "requiredValue", value, "expression");
      if (expressions.has(expression)) rule.problems.push(duplicateValue(rule.at("expression"), expression));
      else claimRules.push(...validation(rule, overClaims));
      expressions.add(expression);
    }
  }
  return { requiredClaims, claimRules };
}

function notWith(rule: ShapeReader, key: string, value: string, other: string): void {
  rule.problems.push(invalidValue(rule.at(key), value, `may not be specified when ${other} is set`));
}

function validation(rule: ShapeReader, variables: Declarations): readonly ValidationRule[] {
  const expression = compile(rule, "expression", variables, ["bool"]);
  return expression === undefined ? [] : [{ expression, message: rule.text("message") }];
}

/** Reads `userValidationRules` of a JWT authenticator. */
export function readUserRules(authenticator: ShapeReader): readonly ValidationRule[] {
  const seen = new Set<string>();
  return authenticator.objects("userValidationRules").flatMap((rule) => {
    const text = rule.text("expression");
    if (text === "") rule.problems.push(requiredValue(rule.at("expression")));
    else if (seen.has(text)) rule.problems.push(duplicateValue(rule.at("expression"), text));
    else {
      seen.add(text);
      return validation(rule, overUser);
    }
    return [];
  });
}

type Mappings = Pick<JwtIssuer, "username" | "groups" | "uid" | "extra">;

/** Reads `claimMappings` of a JWT authenticator. */
export function readClaimMappings(mappings: ShapeReader, claimRules: readonly ValidationRule[]): Mappings {
  const username = readMapping(mappings.object("username"), true);
  const groups = readMapping(mappings.object("groups"), false);
  const uid = readUid(mappings.object("uid"));
  const extra = readExtra(mappings);
  const expression = username?.kind === "expression" ? username.expression.text : "";
  const others = [...extra, ...claimRules].map((one) => one.expression.text);
  if (uses(expression, "email") && ![expression, ...others].some((one) => uses(one, "email_verified"))) {
    const why =
      "claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression";
    mappings.problems.push(invalidValue(mappings.at("username.expression"), expression, why));
  }
  return {
    username: username ?? { kind: "claim", claim: "sub", prefix: "" },
    ...(groups === undefined ? {} : { groups }),
    ...(uid === undefined ? {} : { uid }),
    extra,
  };
}

/** Whether an expression reads the claim, outside of its texts. */
function uses(expression: string, claim: string): boolean {
  const code = expression.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
  return new RegExp(`\\bclaims\\s*\\.\\s*\\??\\s*${claim}\\b`).test(code);
}

function readMapping(mapping: ShapeReader, isRequired: boolean): ClaimMapping | undefined {
  const [claim, text] = [mapping.text("claim"), mapping.text("expression")];
  const prefix = mapping.text("prefix");
  if (claim !== "" && text !== "") {
    mapping.problems.push(invalidValue(mapping.path, "", "claim and expression can't both be set"));
  } else if (claim !== "") {
    if (!mapping.has("prefix")) {
      const why = "prefix is required when claim is set. It can be set to an empty string to disable prefixing";
      mapping.problems.push(requiredValue(mapping.at("prefix"), why));
    }
    return { kind: "claim", claim, prefix };
  } else if (text !== "") {
    if (mapping.has("prefix")) notWith(mapping, "prefix", prefix, "expression");
    return expressionMapping(mapping);
  } else if (isRequired) {
    mapping.problems.push(requiredValue(mapping.path, "claim or expression is required"));
  }
  return undefined;
}

function expressionMapping(mapping: ShapeReader): ClaimMapping | undefined {
  const expression = compile(mapping, "expression", overClaims);
  return expression === undefined ? undefined : { kind: "expression", expression };
}

function readUid(uid: ShapeReader): ClaimMapping | undefined {
  const claim = uid.text("claim");
  if (uid.text("expression") === "") return claim === "" ? undefined : { kind: "claim", claim, prefix: "" };
  if (claim === "") return expressionMapping(uid);
  uid.problems.push(invalidValue(uid.path, "", "claim and expression can't both be set"));
  return undefined;
}

function readExtra(mappings: ShapeReader): JwtIssuer["extra"] {
  const seen = new Set<string>();
  return mappings.objects("extra").flatMap((one) => {
    const key = one.text("key");
    keyProblems(one, key);
    if (seen.has(key)) one.problems.push(duplicateValue(one.at("key"), key));
    else if (one.text("valueExpression") === "") one.problems.push(requiredValue(one.at("valueExpression")));
    else {
      seen.add(key);
      const expression = compile(one, "valueExpression", overClaims);
      return expression === undefined ? [] : [{ key, expression }];
    }
    return [];
  });
}

function keyProblems(one: ShapeReader, key: string): void {
  if (key === "") one.problems.push(requiredValue(one.at("key")));
  else for (const { value, why } of domainPathProblems(key)) one.problems.push(invalidValue(one.at("key"), value, why));
  if (key !== key.toLowerCase()) one.problems.push(invalidValue(one.at("key"), key, "must be lowercase"));
  const domain = key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
  if (/(?:^|\.)(?:kubernetes|k8s)\.io$/.test(domain)) {
    const why = "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use";
    one.problems.push(invalidValue(one.at("key"), key, why));
  }
}
