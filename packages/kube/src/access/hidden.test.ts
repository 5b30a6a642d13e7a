import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { guarded, guardedUrl, quotable, secret, withHidden } from "./hidden.ts";

const leak = "s3cr3t-that-nobody-may-see";

test("a secret gives its value to nobody but who asks for it", () => {
  const held = secret(leak);
  assert.equal(held.reveal(), leak);
  const shown = [inspect(held, { showHidden: true, getters: true }), JSON.stringify({ held }), String(held)];
  for (const text of shown) assert.ok(!text.includes(leak), text);
  assert.deepEqual({ ...held }, {});
  assert.throws(
    () => assert.deepEqual({ held }, { held: secret("other"), more: 1 }),
    (error) => !inspect(error).includes(leak),
  );
});

test("a guarded record stays a record and does not show its values", () => {
  const headers = guarded({ authorization: leak });
  assert.deepEqual([{ ...headers }, Object.keys(headers)], [{ authorization: leak }, ["authorization"]]);
  for (const text of [inspect([headers]), JSON.stringify({ headers }), String(headers)])
    assert.ok(!text.includes(leak), text);
});

test("a guarded URL shows its host only, and keeps its password", () => {
  const url = guardedUrl(new URL(`http://me:${leak}@proxy:3128`));
  assert.deepEqual([url.username, url.password, url.host], ["me", leak, "proxy:3128"]);
  assert.ok(!inspect({ url }, { customInspect: false, showHidden: true }).includes(leak));
  assert.deepEqual([inspect(url), JSON.stringify({ url })], ["http://proxy:3128/", '{"url":"http://proxy:3128/"}']);
});

test("hides single properties of a record even from what asks no object how it is shown", () => {
  const record = withHidden({ name: "n", key: leak }, "key");
  const { key } = record;
  assert.deepEqual([key, { ...record }], [leak, { name: "n" }]);
  for (const options of [{}, { customInspect: false }, { customInspect: false, showHidden: true }])
    assert.ok(!inspect({ record }, options).includes(leak));
});

test("quotes what another program said without what looks like a token", () => {
  const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlc2lnbmF0dXJl";
  const cases: readonly (readonly [text: string, quoted: string])[] = [
    ["please log in:\n\trun `login`\n", "please log in: run `login`"],
    [`got ${jwt}!`, "got (hidden)!"],
    ["Authorization: Bearer abcdef123", "Authorization: Bearer (hidden)"],
    ['{"token": "abcdef"}', '{"token": "(hidden)"}'],
    ["password=hunter22 rest", "password=(hidden) rest"],
    ["-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY----- x", "(hidden) x"],
    ["AKIAIOSFODNN7EXAMPLE+wJalrXUtnFEMI/K7MDENG", "(hidden)"],
    ["an-ordinary-but-quite-long-name-of-something", "an-ordinary-but-quite-long-name-of-something"],
  ];
  for (const [text, quoted] of cases) assert.equal(quotable(text), quoted);
  assert.equal(quotable("word ".repeat(200)).length, 401);
});
