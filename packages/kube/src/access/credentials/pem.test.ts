import assert from "node:assert/strict";
import { test } from "node:test";
import { makeCertificate } from "../../../test/make-certificate.ts";
import { checkKeyPair, decodeBase64, readCertificates } from "./pem.ts";

const authority = makeCertificate({ name: "authority" });
const client = makeCertificate({ name: "jo", organizations: ["dev"], authority });

test("reads every certificate of a bundle, whatever text stands between them", () => {
  const bundle = `# one\n${client.certificate}\nand another\n${authority.certificate}`;
  const read = readCertificates(bundle);
  assert.ok("certificates" in read);
  assert.deepEqual(
    read.certificates.map(({ subject }) => subject),
    ["O=dev\nCN=jo", "CN=authority"],
  );
  assert.ok(read.certificates[0]!.verify(read.certificates[1]!.publicKey));
});

test("says what a text is that holds no usable certificate", () => {
  const broken = authority.certificate.replace(/\n[A-Za-z0-9+/]{64}\n/, "\n");
  const cases: readonly (readonly [text: string, problem: string])[] = [
    ["", "is empty"],
    ["  \n", "is empty"],
    ["hello", "holds no certificate in PEM form (`-----BEGIN CERTIFICATE-----`)"],
    [client.key, "holds a private key where a certificate belongs"],
    [broken, "holds a certificate that cannot be decoded"],
    [client.certificate + broken, "holds 2 certificates, of which number 2 cannot be decoded"],
  ];
  for (const [text, problem] of cases) {
    const read = readCertificates(text);
    assert.equal("problem" in read && read.problem, problem);
  }
});

test("takes a certificate with its own key only", () => {
  const other = makeCertificate({ name: "other" });
  const good = checkKeyPair(client.certificate + authority.certificate, client.key);
  assert.equal("leaf" in good && good.leaf.subject, "O=dev\nCN=jo");
  const problem = (certificate: string, key: string): string | false => {
    const found = checkKeyPair(certificate, key);
    return "problem" in found && found.problem;
  };
  assert.match(problem(client.certificate, other.key) || "", /do not belong together/);
  assert.match(problem(client.certificate, "rubbish") || "", /cannot be read as a private key/);
  assert.match(problem(client.key, client.certificate) || "", /holds a private key where a certificate belongs/);
  assert.match(problem(client.certificate, "-----BEGIN ENCRYPTED PRIVATE KEY-----") || "", /passphrase/);
});

test("decodes standard base64 with line breaks, and nothing else", () => {
  assert.equal(decodeBase64("aGVs\nbG8="), "hello");
  assert.equal(decodeBase64(""), "");
  for (const text of ["aGVsbG8", "aGVs bG8=", "aGVs_G8=", "a===", "!!!!"]) assert.equal(decodeBase64(text), undefined);
});
