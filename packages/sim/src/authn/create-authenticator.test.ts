import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { Presented, TokenAuthenticator } from "./authenticator.ts";
import { createAuthenticator } from "./create-authenticator.ts";
import { answerSelfSubjectReview, answerTokenReview } from "./reviews.ts";
import { staticTokens } from "./static-tokens.ts";

const admin = { name: "admin", uid: "1", groups: ["system:masters"] };
const failing: TokenAuthenticator = (token) =>
  token === "bad" ? { kind: "problem", message: "it is bad" } : { kind: "none" };
const chain = createAuthenticator({
  tokens: [staticTokens(new Map([["secret", admin]]), ["api"]), failing],
  apiAudiences: ["api"],
});
const known = { ...admin, groups: ["system:masters", "system:authenticated"] };
const bearer = (authorization: string): Presented => ({ headers: { authorization } });

describe("a sender", () => {
  test("is known by a client certificate before a token", async () => {
    const certificate = { commonName: "jane", organizations: ["dev"], sha256: "ab", uid: "7" };
    assert.deepEqual(await chain.authenticate({ certificate, ...bearer("Bearer bad") }), {
      kind: "user",
      user: {
        name: "jane",
        uid: "7",
        groups: ["dev", "system:authenticated"],
        extra: { "authentication.kubernetes.io/credential-id": ["X509SHA256=ab"] },
      },
    });
    const nameless = { commonName: "", organizations: ["dev"] };
    assert.deepEqual(await chain.authenticate({ certificate: nameless, headers: {} }), { kind: "none" });
  });

  test("is known by a bearer token", async () => {
    for (const header of ["Bearer secret", "bearer secret", " Bearer secret  ", "Bearer secret more"]) {
      assert.deepEqual(await chain.authenticate(bearer(header)), { kind: "user", user: known }, header);
    }
  });

  test("with a wrong token is refused, and with none is anonymous", async () => {
    assert.deepEqual(await chain.authenticate(bearer("Bearer other")), {
      kind: "refused",
      message: "invalid bearer token",
    });
    assert.deepEqual(await chain.authenticate(bearer("Bearer bad")), {
      kind: "refused",
      message: "[invalid bearer token, it is bad]",
    });
    for (const header of ["Bearer", "Bearer  secret", "Basic secret", ""]) {
      assert.deepEqual(await chain.authenticate(bearer(header)), { kind: "none" }, header);
    }
  });

  test("may be anonymous only where that is allowed", async () => {
    const options = { tokens: [], apiAudiences: ["api"] };
    const closed = createAuthenticator({ ...options, anonymous: false });
    assert.equal((await closed.authenticate({ headers: {} })).kind, "refused");
    const health = createAuthenticator({ ...options, anonymous: { paths: ["/healthz"] } });
    assert.equal((await health.authenticate({ headers: {}, path: "/healthz" })).kind, "none");
    assert.equal((await health.authenticate({ headers: {}, path: "/healthz/x" })).kind, "refused");
  });

  test("may show the token as a protocol of a WebSocket", async () => {
    const protocol = (text: string, upgrade = "websocket"): Presented => ({
      headers: { upgrade, "sec-websocket-protocol": text },
    });
    const encoded = (text: string | Uint8Array): string =>
      `base64url.bearer.authorization.k8s.io.${Buffer.from(text).toString("base64url")}`;
    const good = `v5.channel.k8s.io, ${encoded("secret")}`;
    assert.deepEqual(await chain.authenticate(protocol(good)), { kind: "user", user: known });
    assert.deepEqual(await chain.authenticate(protocol(good, "h2c")), { kind: "none" });
    const refused: [string, string][] = [
      [encoded("secret"), "missing additional subprotocol"],
      [`a, ${encoded("x")}, ${encoded("y")}`, "multiple base64.bearer.authorization tokens specified"],
      ["a, base64url.bearer.authorization.k8s.io.=", "invalid base64.bearer.authorization token encoding"],
      [`a, ${encoded(Uint8Array.of(0xff))}`, "invalid base64.bearer.authorization token"],
      [`a, ${encoded("other")}`, "invalid bearer token"],
    ];
    for (const [text, message] of refused) {
      assert.deepEqual(await chain.authenticate(protocol(text)), { kind: "refused", message });
    }
  });
});

describe("a review", () => {
  const review = async (spec: JsonObject): Promise<unknown> =>
    (await answerTokenReview({ object: { kind: "TokenReview", spec } }, chain))["status"];

  test("of a token says whose it is and for whom", async () => {
    const user = { username: "admin", uid: "1", groups: known.groups };
    assert.deepEqual(await review({ token: "secret" }), { authenticated: true, user, audiences: ["api"] });
    assert.deepEqual(await review({ token: "secret", audiences: ["x", "api"] }), {
      authenticated: true,
      user,
      audiences: ["api"],
    });
  });

  test("of a token says why it is not good", async () => {
    assert.deepEqual(await review({ token: "secret", audiences: ["x"] }), { user: {}, error: "invalid bearer token" });
    assert.deepEqual(await review({ token: "bad" }), { user: {}, error: "[invalid bearer token, it is bad]" });
    await assert.rejects(review({}), { code: 400, message: "token is required for TokenReview in authentication" });
  });

  test("of oneself says who one is", async () => {
    const user = { ...known, extra: { b: ["2"], a: ["1"] } };
    const object = { apiVersion: "authentication.k8s.io/v1" };
    assert.equal(
      JSON.stringify(await answerSelfSubjectReview({ object, user, now: Date.UTC(2026, 0, 2) })),
      '{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1","metadata":{"creationTimestamp":"2026-01-02T00:00:00Z"},"status":{"userInfo":{"username":"admin","uid":"1","groups":["system:masters","system:authenticated"],"extra":{"a":["1"],"b":["2"]}}}}',
    );
  });
});
