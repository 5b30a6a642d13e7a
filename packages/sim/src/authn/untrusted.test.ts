import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { createRbac } from "../authz/rbac.ts";
import { staticRbacObjects } from "../authz/rbac-objects.ts";
import { createAuthenticator } from "./create-authenticator.ts";
import { createImpersonation } from "./impersonate.ts";
import { legacyTokens } from "./legacy-tokens.ts";
import { serviceAccountTokens } from "./service-account-tokens.ts";
import { signingKeys } from "./signing-keys.ts";

const keys = signingKeys({ privateKey: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey });
const shared = { keys, apiAudiences: ["api"], lookup: () => undefined, now: () => 1e12 };
const chain = createAuthenticator({
  tokens: [legacyTokens(shared), serviceAccountTokens({ ...shared, issuer: "issuer" })],
  apiAudiences: ["api"],
});

const part = (value: unknown): string => Buffer.from(JSON.stringify(value) ?? "").toString("base64url");
const claims = fc.record(
  {
    iss: fc.constantFrom<unknown>("issuer", "kubernetes/serviceaccount", 1),
    aud: fc.jsonValue(),
    exp: fc.jsonValue(),
    sub: fc.jsonValue(),
    "kubernetes.io": fc.jsonValue(),
    "kubernetes.io/serviceaccount/namespace": fc.jsonValue(),
  },
  { requiredKeys: ["iss"] },
);
const header = fc.record({
  alg: fc.constantFrom<unknown>("ES256", "RS256", "none", "HS256", "__proto__", null),
  kid: fc.constantFrom<unknown>("", "x", "__proto__", 7),
});
const unsigned = fc
  .tuple(fc.oneof(header, fc.jsonValue()), fc.oneof(claims, fc.jsonValue()), fc.base64String())
  .map(([head, body, signature]) => `${part(head)}.${part(body)}.${signature}`);
const signed = claims.map((payload) => keys.sign(payload as never));

test("a token that nobody has issued, or whose claims make no sense, is nobody's", async () => {
  const token = fc.oneof(unsigned, signed, fc.string(), fc.string({ unit: "binary" }));
  await fc.assert(
    fc.asyncProperty(token, async (text) => {
      const outcome = await chain.review(text, ["api"]);
      assert.equal(outcome.kind, "problem");
      // What is wrong is said without the token.
      if (text.length > 20 && outcome.kind === "problem") assert.ok(!outcome.message.includes(text));
    }),
    runs(300),
  );
});

test("whatever the headers of impersonation are, who may nothing impersonates nobody", () => {
  const impersonate = createImpersonation(createRbac(staticRbacObjects([])));
  const name = fc.constantFrom(
    "impersonate-user",
    "impersonate-group",
    "impersonate-uid",
    "impersonate-extra-__proto__",
    "impersonate-extra-%",
    "impersonate-extra-a%2fb",
    "impersonate-extra-",
  );
  const value = fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 6 }));
  const who = { name: "jane", groups: [] };
  const attributes = { kind: "path", user: who, verb: "get", path: "/" } as const;
  fc.assert(
    fc.property(fc.dictionary(name, value), (headers) => {
      const outcome = impersonate(headers, attributes);
      assert.notEqual(outcome.kind, "user");
      assert.equal(
        outcome.kind === "none",
        Object.keys(headers).every((key) => isEmpty(key, headers[key]!)),
      );
    }),
    runs(300),
  );

  function isEmpty(key: string, values: string | readonly string[]): boolean {
    const first = typeof values === "string" ? values : values[0];
    if (key === "impersonate-group") return values.length === 0 && typeof values !== "string";
    return !key.startsWith("impersonate-extra-") && (first ?? "") === "";
  }
});
