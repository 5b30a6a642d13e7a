import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { makeCertificate } from "../../test/make-certificate.ts";
import { isKubeError } from "../errors.ts";
import { accessOf, type AccessLiteral } from "./access-of.ts";

const leak = "s3cr3t-that-nobody-may-see";
const authority = makeCertificate({ name: "authority" });
const client = makeCertificate({ name: "jo", authority });

test("gives access to what a program knows already", async () => {
  const access = accessOf({
    server: "https://10.0.0.1:6443/prefix",
    namespace: "shop",
    proxy: `http://me:${leak}@proxy:3128`,
    ca: authority.certificate,
    serverName: "api",
    token: leak,
    ...client,
    impersonate: { user: "admin", groups: ["dev"] },
  });
  const { headers, tls } = await access.credentials.current();
  assert.deepEqual([access.name, access.namespace, access.proxy?.password], ["10.0.0.1:6443", "shop", leak]);
  assert.deepEqual(headers, {
    authorization: `Bearer ${leak}`,
    "impersonate-user": "admin",
    "impersonate-group": ["dev"],
  });
  assert.deepEqual({ ...tls }, { ca: [authority.certificate], certificate: client.certificate, serverName: "api" });
  assert.equal(tls.key, client.key);
  const credential = await access.credentials.current();
  assert.equal(await access.credentials.rejected(credential), credential, "there is no other one");
  for (const value of [access, credential, credential.headers, credential.tls]) {
    const shown = `${inspect(value, { depth: 9 })} ${JSON.stringify(value)} ${inspect({ value })}`;
    assert.ok(!shown.includes(leak) && !shown.includes("PRIVATE KEY"), shown);
  }
});

test("throws an error of code config for what cannot be used, without the secret", () => {
  const server = "https://a";
  const cases: readonly (readonly [literal: AccessLiteral, found: RegExp])[] = [
    [{ server: "a" }, /the server is no https: or http: address/],
    [{ server: `https://me:${leak}@a` }, /has a user or password/],
    [{ server, proxy: `ftp://me:${leak}@a` }, /the proxy is no http: or https: or socks5: address/],
    [{ server, ca: leak }, /ca holds no certificate/],
    [{ server, certificate: client.certificate }, /belong together/],
    [{ server, certificate: client.certificate, key: authority.key }, /do not belong together/],
    [{ server, token: `${leak}\n` }, /the token has characters/],
    [{ server, token: leak, username: "a" }, /exclude each other/],
    [{ server, username: "a:b", password: leak }, /the username or password/],
    [{ server, impersonate: { user: "" } }, /is empty/],
  ];
  for (const [literal, found] of cases) {
    assert.throws(
      () => accessOf(literal),
      (error) => isKubeError(error, "config") && found.test(error.message) && !inspect(error).includes(leak),
    );
  }
});
