import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import { readAuthenticationConfiguration } from "./authentication-configuration.ts";
import { claimsUser } from "./claims-user.ts";
import type { JwtIssuer } from "./jwt-issuer.ts";

const url = "https://issuer.example";
const issuer = { url, audiences: ["cluster"] };
const username = { claim: "sub", prefix: "" };

const file = (...jwt: JsonObject[]): JsonObject => ({
  apiVersion: "apiserver.config.k8s.io/v1",
  kind: "AuthenticationConfiguration",
  jwt,
});

const authenticator = (more: JsonObject = {}, mappings: JsonObject = {}): JsonObject => ({
  issuer,
  claimMappings: { username, ...mappings },
  ...more,
});

function problemsOf(value: JsonValue): readonly string[] {
  const found = readAuthenticationConfiguration(value, ["https://own"]);
  return found.kind === "problems" ? found.problems.map(({ field, message }) => `${field}: ${message}`) : [];
}

function read(more: JsonObject = {}, mappings: JsonObject = {}): JwtIssuer {
  const found = readAuthenticationConfiguration(file(authenticator(more, mappings)), []);
  assert.ok(found.kind === "configuration", JSON.stringify(found));
  return found.configuration.issuers[0]!;
}

describe("an authentication configuration", () => {
  test("says who issues tokens and who may be anonymous", () => {
    const value = { ...file(authenticator()), anonymous: { enabled: true, conditions: [{ path: "/livez" }] } };
    const found = readAuthenticationConfiguration(value, []);
    assert.ok(found.kind === "configuration");
    assert.deepEqual(found.configuration.anonymous, { paths: ["/livez"] });
    const { url: foundUrl, audiences, username: mapping } = found.configuration.issuers[0]!;
    assert.deepEqual([foundUrl, audiences, mapping], [url, ["cluster"], { kind: "claim", ...username }]);
    const closed = readAuthenticationConfiguration({ ...file(), anonymous: { enabled: false } }, []);
    assert.ok(closed.kind === "configuration" && closed.configuration.anonymous === false);
    const silent = readAuthenticationConfiguration(file(), []);
    assert.ok(silent.kind === "configuration" && silent.configuration.anonymous === undefined);
  });

  const one = "jwt[0].issuer";
  const map = "jwt[0].claimMappings";
  const wrong: [string, JsonValue, string[]][] = [
    ["of another kind", { kind: "Pod" }, [": must be an AuthenticationConfiguration of apiserver.config.k8s.io/v1"]],
    [
      "with unknown fields and types",
      { ...file(authenticator({ colour: "red", issuer: { ...issuer, url: 1 } })), jwts: [] },
      [
        "jwts: unknown field",
        "jwt[0].colour: unknown field",
        `${one}.url: must be a text`,
        `${one}.url: Required value`,
      ],
    ],
    [
      "of an issuer that says nothing",
      file({}),
      [
        `${one}.url: Required value`,
        `${one}.audiences: Required value: at least one ${one}.audiences is required`,
        `${map}.username: Required value: claim or expression is required`,
      ],
    ],
    [
      "with a wrong URL",
      file(authenticator({ issuer: { ...issuer, url: "http://u:p@x?a=b#c" } })),
      [
        "URL scheme must be https",
        "URL must not contain a username or password",
        "URL must not contain a query",
        "URL must not contain a fragment",
      ].map((why) => `${one}.url: Invalid value: "http://u:p@x?a=b#c": ${why}`),
    ],
    [
      "of the cluster's own issuer",
      file(authenticator({ issuer: { ...issuer, url: "https://own" } })),
      [`${one}.url: Invalid value: "https://own": URL must not overlap with disallowed issuers: [https://own]`],
    ],
    [
      "with discovery at the issuer",
      file(authenticator({ issuer: { ...issuer, discoveryURL: `${url}/` } })),
      [`${one}.discoveryURL: Invalid value: "${url}/": discoveryURL must be different from URL`],
    ],
    [
      "with audiences that are none",
      file(authenticator({ issuer: { url, audiences: ["a", "", "a"] } })),
      [
        `${one}.audiences[1]: Required value`,
        `${one}.audiences[2]: Duplicate value: "a"`,
        `${one}.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences`,
      ],
    ],
    [
      "with an authority that is none",
      file(authenticator({ issuer: { ...issuer, certificateAuthority: "x" } })),
      [
        `${one}.certificateAuthority: Invalid value: "<omitted>": data does not contain any valid RSA or ECDSA certificates`,
      ],
    ],
    ["twice of one issuer", file(authenticator(), authenticator()), [`jwt[1].issuer.url: Duplicate value: "${url}"`]],
    [
      "with rules that contradict themselves",
      file(
        authenticator({
          claimValidationRules: [
            { claim: "a", expression: "true" },
            {},
            { claim: "a", message: "m" },
            { claim: "a" },
            { expression: "true", requiredValue: "x" },
            { expression: "true" },
            { expression: "claims.x" },
          ],
          userValidationRules: [{}, { expression: "user.nme == 'x'" }],
        }),
      ),
      [
        'jwt[0].claimValidationRules[0]: Invalid value: "a": claim and expression can\'t both be set',
        "jwt[0].claimValidationRules[1]: Required value: claim or expression is required",
        'jwt[0].claimValidationRules[2].message: Invalid value: "m": may not be specified when claim is set',
        'jwt[0].claimValidationRules[3].claim: Duplicate value: "a"',
        'jwt[0].claimValidationRules[4].requiredValue: Invalid value: "x": may not be specified when expression is set',
        'jwt[0].claimValidationRules[5].expression: Duplicate value: "true"',
        'jwt[0].claimValidationRules[6].expression: Invalid value: "claims.x": must evaluate to bool',
        "jwt[0].userValidationRules[0].expression: Required value",
        "jwt[0].userValidationRules[1].expression: Invalid value: \"user.nme == 'x'\": compilation failed: ERROR: <input>:1:5: undefined field 'nme'\n | user.nme == 'x'\n | ....^",
      ],
    ],
    [
      "with mappings that contradict themselves",
      file(
        authenticator(
          {},
          {
            username: { claim: "sub" },
            groups: { expression: "claims.groups", prefix: "x:" },
            uid: { claim: "a", expression: "claims.b" },
            extra: [
              { key: "X", valueExpression: "claims.x" },
              { key: "a.k8s.io/x", valueExpression: "" },
            ],
          },
        ),
      ),
      [
        `${map}.username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing`,
        `${map}.groups.prefix: Invalid value: "x:": may not be specified when expression is set`,
        `${map}.uid: Invalid value: "": claim and expression can't both be set`,
        `${map}.extra[0].key: Invalid value: "X": must be a domain-prefixed path (such as "acme.io/foo")`,
        `${map}.extra[0].key: Invalid value: "X": must be lowercase`,
        `${map}.extra[1].key: Invalid value: "a.k8s.io/x": k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use`,
        `${map}.extra[1].valueExpression: Required value`,
      ],
    ],
    [
      "that trusts an email that nobody has verified",
      file(authenticator({}, { username: { expression: "claims.email" } })),
      [
        `${map}.username.expression: Invalid value: "claims.email": claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression`,
      ],
    ],
    [
      "with conditions of what is not enabled",
      { ...file(), anonymous: { enabled: false, conditions: [{ path: "/x" }] } },
      [
        'anonymous.conditions: Invalid value: [{"Path":"/x"}]: enabled should be set to true when conditions are defined',
      ],
    ],
  ];
  for (const [name, value, problems] of wrong) {
    test(`${name} is refused`, () => assert.deepEqual(problemsOf(value), problems));
  }
});

describe("the claims of a token", () => {
  const user = (claims: JsonObject, more: JsonObject = {}, mappings: JsonObject = {}): unknown => {
    const found = claimsUser(claims, read(more, mappings));
    return found.kind === "user" ? found.user : found.message;
  };

  test("make a user by claims and prefixes", () => {
    const mappings = {
      username: { claim: "sub", prefix: "oidc:" },
      groups: { claim: "roles", prefix: "r:" },
      uid: { claim: "id" },
    };
    assert.deepEqual(user({ sub: "jane", roles: ["a", "b"], id: "7", jti: "t" }, {}, mappings), {
      name: "oidc:jane",
      uid: "7",
      groups: ["r:a", "r:b"],
      extra: { "authentication.kubernetes.io/credential-id": ["JTI=t"] },
    });
    assert.deepEqual(user({ sub: "jane", roles: "a", id: "7" }, {}, mappings), {
      name: "oidc:jane",
      uid: "7",
      groups: ["r:a"],
    });
    assert.deepEqual(user({ sub: "jane" }), { name: "jane", groups: [] });
  });

  test("make a user by expressions", () => {
    const mappings = {
      username: { expression: "'oidc:' + claims.who.name" },
      groups: { expression: "claims.roles.map(r, r + '!')" },
      uid: { expression: "claims.who.id" },
      extra: [
        { key: "x.io/tenant", valueExpression: "claims.?tenant.orValue('')" },
        { key: "x.io/all", valueExpression: "['a', '', string(claims.who.id)]" },
      ],
    };
    assert.deepEqual(user({ who: { name: "jane", id: "7" }, roles: ["a"] }, {}, mappings), {
      name: "oidc:jane",
      uid: "7",
      groups: ["a!"],
      extra: { "x.io/all": ["a", "7"] },
    });
  });

  const email = { username: { claim: "email", prefix: "" } };
  const groups = { groups: { claim: "g", prefix: "" } };
  const rule = (expression: string): JsonObject => ({ claimValidationRules: [{ expression, message: "no" }] });
  const refused: [string, JsonObject, JsonObject, JsonObject, string][] = [
    ["no user name", {}, {}, {}, 'oidc: parse username claims "sub": claim not present'],
    [
      "a user name that is none",
      { sub: 7 },
      {},
      {},
      'oidc: parse username claims "sub": json: cannot unmarshal number into Go value of type string',
    ],
    ["an email that is not verified", { email: "a@b", email_verified: false }, {}, email, "oidc: email not verified"],
    [
      "groups that are none",
      { sub: "x", g: [1] },
      {},
      groups,
      'oidc: parse groups claim "g": json: cannot unmarshal array into Go value of type string',
    ],
    [
      "groups that are elsewhere",
      { sub: "x", _claim_names: { g: "src" } },
      {},
      groups,
      "oidc: could not expand distributed claims: they are not fetched here",
    ],
    ["no uid", { sub: "x" }, {}, { uid: { claim: "id" } }, 'oidc: parse uid claim "id": claim not present'],
    [
      "an empty name by an expression",
      {},
      {},
      { username: { expression: "''" } },
      "oidc: empty username via CEL expression is not allowed",
    ],
    [
      "a name by an expression that fails",
      {},
      {},
      { username: { expression: "claims.name" } },
      "oidc: error evaluating username claim expression: expression 'claims.name' resulted in error: no such key: name",
    ],
    [
      "groups by an expression that are none",
      { sub: "x" },
      {},
      { groups: { expression: "1" } },
      "oidc: error evaluating group claim expression: expression must return a string or a list of strings",
    ],
    [
      "no required claim",
      { sub: "x" },
      { claimValidationRules: [{ claim: "hd", requiredValue: "corp" }] },
      {},
      "oidc: required claim hd not present in ID token",
    ],
    [
      "another required claim",
      { sub: "x", hd: "home" },
      { claimValidationRules: [{ claim: "hd", requiredValue: "corp" }] },
      {},
      "oidc: required claim hd value does not match. Got = home, want = corp",
    ],
    [
      "a rule that does not hold",
      { sub: "x", n: 5 },
      rule("claims.n < 5"),
      {},
      "oidc: error evaluating claim validation expression: validation expression 'claims.n < 5' failed: no",
    ],
    [
      "a user that may not be",
      { sub: "system:x" },
      { userValidationRules: [{ expression: "!user.username.startsWith('system:')", message: "reserved" }] },
      {},
      "oidc: error evaluating user info validation rule: validation expression '!user.username.startsWith('system:')' failed: reserved",
    ],
  ];
  for (const [name, claims, more, mappings, message] of refused) {
    test(`with ${name} make none`, () => assert.equal(user(claims, more, mappings), message));
  }
});
