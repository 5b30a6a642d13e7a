import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { makeCertificate } from "../../../test/make-certificate.ts";
import { execInfo, readExecCredential } from "./exec-credential.ts";

const apiVersion = "client.authentication.k8s.io/v1";
const now = Date.parse("2030-01-01T00:00:00Z");
const pair = makeCertificate({ name: "jo", notAfter: new Date("2030-06-01T00:00:00Z") });

function printed(status: unknown, more: object = {}): string {
  return JSON.stringify({ kind: "ExecCredential", apiVersion, status, ...more });
}

test("takes a token, a certificate, or both, until the earlier end", () => {
  const token = "tok3n";
  const files = { clientCertificateData: pair.certificate, clientKeyData: pair.key };
  const tls = { certificate: pair.certificate, key: pair.key };
  const end = Date.parse("2030-06-01T00:00:00Z");
  assert.deepEqual(readExecCredential(printed({ token }), apiVersion, now), {
    value: { authorization: "Bearer tok3n" },
  });
  assert.deepEqual(readExecCredential(printed(files), apiVersion, now), { value: tls, expires: end });
  const expirationTimestamp = "2030-01-01T02:00:00+01:00";
  assert.deepEqual(readExecCredential(printed({ token, ...files, expirationTimestamp }), apiVersion, now), {
    value: { authorization: "Bearer tok3n", ...tls },
    expires: now + 3_600_000,
  });
});

test("says what is wrong with what a plugin printed, without quoting it", () => {
  const token = "s3cr3t-token-value";
  const cases: readonly (readonly [output: string, problem: RegExp])[] = [
    ["", /printed nothing/],
    ["\n", /printed nothing/],
    [`${token}\n`, /not JSON/],
    [`{"token": "${token}"`, /not JSON/],
    [`"${token}"`, /not an ExecCredential/],
    ["null", /not an ExecCredential/],
    [JSON.stringify({ kind: "Token", token }), /not an ExecCredential/],
    [printed({ token }, { apiVersion: "client.authentication.k8s.io/v1beta1" }), /another version/],
    [printed(undefined), /without a status/],
    [printed({}), /neither a token nor a certificate/],
    [printed({ token: "" }), /neither a token nor a certificate/],
    [printed({ token: { value: token } }), /not text/],
    [printed({ token: `${token}\n` }), /characters that a token cannot have/],
    [printed({ token, clientKeyData: pair.key }), /only one of client certificate and key/],
    [printed({ clientCertificateData: token, clientKeyData: pair.key }), /certificate that cannot be used/],
    [printed({ token, expirationTimestamp: "tomorrow" }), /RFC 3339/],
    [printed({ token, expirationTimestamp: "2030-13-45T99:00:00Z" }), /RFC 3339/],
    [printed({ token, expirationTimestamp: "2029-12-31T23:55:00Z" }), /expired 2029-12-31T23:55:00.000Z/],
  ];
  for (const [output, problem] of cases) {
    const read = readExecCredential(output, apiVersion, now);
    assert.ok("problem" in read, output);
    assert.match(read.problem, problem);
    assert.ok(!read.problem.includes("s3cr3t"), read.problem);
  }
});

test("never throws, whatever a plugin prints", () => {
  const value = fc.oneof(fc.string(), fc.jsonValue());
  const status = fc.dictionary(
    fc.constantFrom("token", "clientCertificateData", "clientKeyData", "expirationTimestamp", "__proto__"),
    value,
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        status.map((one) => printed(one)),
      ),
      (output) => {
        readExecCredential(output, apiVersion, now);
      },
    ),
    { seed: 4, numRuns: 300 },
  );
});

test("tells a plugin its version, whether it may ask, and the cluster if it wants to know", () => {
  assert.equal(
    execInfo(apiVersion, false, undefined),
    '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}}',
  );
  const cluster = { server: "https://x", config: { audience: "a" } };
  assert.deepEqual(JSON.parse(execInfo(apiVersion, true, cluster)).spec, { interactive: true, cluster });
});
