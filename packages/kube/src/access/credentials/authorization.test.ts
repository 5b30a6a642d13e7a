import assert from "node:assert/strict";
import { test } from "node:test";
import { basic, bearer, tokenExpiry } from "./authorization.ts";
import { impersonationHeaders } from "./impersonate.ts";

const jwt = (claims: unknown): string =>
  `${Buffer.from("{}").toString("base64url")}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;

test("makes a header only of a token that a header can carry", () => {
  assert.equal(bearer("abc.DEF-1"), "Bearer abc.DEF-1");
  for (const token of ["", "two words", "line\nbreak", "tab\t", "ümlaut", "\0"]) assert.equal(bearer(token), undefined);
});

test("encodes names and passwords as RFC 7617 does", () => {
  assert.equal(basic("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  assert.equal(basic("test", "123£"), "Basic dGVzdDoxMjPCow==");
  assert.equal(basic("a:b", "c"), undefined);
  assert.equal(basic("a", "b\n"), undefined);
});

test("finds the end of a JSON Web Token, and none in anything else", () => {
  assert.equal(tokenExpiry(jwt({ exp: 1700000000 })), 1_700_000_000_000);
  const without = [
    jwt({}),
    jwt({ exp: "soon" }),
    jwt(null),
    jwt([1]),
    "opaque",
    "a.b.c",
    "..",
    jwt({ exp: 1 }).slice(0, 8),
  ];
  for (const token of without) assert.equal(tokenExpiry(token), undefined, token);
});

test("writes an impersonation as client-go does", () => {
  assert.deepEqual(
    impersonationHeaders({
      user: "jane@example.com",
      uid: "7",
      groups: ["dev", "ops team"],
      extra: { scopes: ["view"], "acme.com/Project": ["a", "b"], "100% ü": ["x"], empty: [] },
    }),
    {
      headers: {
        "impersonate-user": "jane@example.com",
        "impersonate-uid": "7",
        "impersonate-group": ["dev", "ops team"],
        "impersonate-extra-scopes": ["view"],
        "impersonate-extra-acme.com%2fproject": ["a", "b"],
        "impersonate-extra-100%25%20%c3%bc": ["x"],
      },
    },
  );
});

test("refuses an impersonation that a header cannot carry", () => {
  for (const as of [
    { user: "" },
    { user: "a\r\nx: y" },
    { user: "ü" },
    { user: "a", groups: [" padded"] },
    { user: "a", extra: { k: ["\0"] } },
  ])
    assert.ok("problem" in impersonationHeaders(as), JSON.stringify(as));
});
