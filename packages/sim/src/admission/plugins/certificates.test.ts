import assert from "node:assert/strict";
import { test } from "node:test";
import type { Authorizer } from "../../authz/authorizer.ts";
import { admit, request, resources } from "../../../test/admission.ts";
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from "./certificates.ts";
import { readSubject } from "./read-subject.ts";

const masters = `-----BEGIN CERTIFICATE REQUEST-----
MIHmMIGNAgEAMCsxFzAVBgNVBAoMDnN5c3RlbTptYXN0ZXJzMRAwDgYDVQQDDAdt
YWxsb3J5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
-----END CERTIFICATE REQUEST-----
`;

const only = (...names: string[]): Authorizer => ({
  decide: (asked) => ({
    allowed: asked.kind === "resource" && names.includes(`${asked.verb} ${asked.name}`),
    reason: "",
  }),
});
const old = { metadata: { name: "csr" }, spec: { signerName: "example.com/signer" } };
const change = { operation: "UPDATE" as const, old };

test("lets requests be approved by who may approve for the signer, or for its domain", async () => {
  const asked = request(resources.signingRequests, old, { ...change, subresource: "approval" });
  const message = async (authorizer: Authorizer) => (await admit(certificateApproval(authorizer), asked)).message;
  assert.equal(await message(only("approve example.com/signer")), undefined);
  assert.equal(await message(only("approve example.com/*")), undefined);
  assert.equal(
    await message(only("sign example.com/signer")),
    'certificatesigningrequests.certificates.k8s.io "csr" is forbidden: user not permitted to approve requests with signerName "example.com/signer"',
  );
});

test("asks who changes the certificate or the conditions, and nobody else", async () => {
  const message = async (status: object) =>
    (
      await admit(
        certificateSigning(only()),
        request(resources.signingRequests, { ...old, status } as never, { ...change, subresource: "status" }),
      )
    ).message;
  assert.equal(await message({}), undefined);
  assert.match((await message({ certificate: "eA==" }))!, /user not permitted to sign requests with signerName/);
});

/** Builds the start of a PKCS #10 request: all that is read of it. */
function requestOf(attributes: readonly [string, string][]): string {
  const der = (tag: number, ...parts: Buffer[]): Buffer => {
    const content = Buffer.concat(parts);
    const length = content.length < 128 ? [content.length] : [0x81, content.length];
    return Buffer.concat([Buffer.from([tag, ...length]), content]);
  };
  const name = attributes.map(([type, value]) =>
    der(0x31, der(0x30, der(0x06, Buffer.from(type, "hex")), der(0x0c, Buffer.from(value)))),
  );
  const info = der(0x30, der(0x02, Buffer.from([0])), der(0x30, ...name));
  const base64 = der(0x30, info).toString("base64");
  return `-----BEGIN CERTIFICATE REQUEST-----\n${base64}\n-----END CERTIFICATE REQUEST-----\n`;
}

test("reads the subject of a request, and nothing of what is none", () => {
  const subject = readSubject(
    requestOf([
      ["55040a", "a"],
      ["55040a", "system:masters"],
      ["550403", "me"],
    ]),
  );
  assert.deepEqual(subject, { commonName: "me", organizations: ["a", "system:masters"] });
  assert.equal(readSubject("nothing"), undefined);
  assert.equal(
    readSubject("-----BEGIN CERTIFICATE REQUEST-----\nMIH/AA==\n-----END CERTIFICATE REQUEST-----"),
    undefined,
  );
  assert.equal(readSubject(masters), undefined);
});

test("makes nobody a system:masters", async () => {
  const csr = (signerName: string, pem: string) => ({
    metadata: { name: "csr" },
    spec: { signerName, request: Buffer.from(pem).toString("base64") },
  });
  const message = async (object: ReturnType<typeof csr>) =>
    (await admit(certificateSubjectRestriction(), request(resources.signingRequests, object))).message;
  const pem = requestOf([["55040a", "system:masters"]]);
  assert.equal(
    await message(csr("kubernetes.io/kube-apiserver-client", pem)),
    'certificatesigningrequests.certificates.k8s.io "csr" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
  );
  assert.equal(await message(csr("example.com/signer", pem)), undefined);
});
