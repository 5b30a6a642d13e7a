import { createPrivateKey, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { isIP } from "node:net";

/** PEM texts. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** The common name. */
  readonly name: string;
  /** Groups, as Kubernetes reads a client certificate. */
  readonly organizations?: readonly string[];
  /** Who signs; itself if absent, and then it may sign others. */
  readonly authority?: Issued;
  /** Names and IPv4 addresses of a server. */
  readonly hosts?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** A certificate for tests (X.509 v3, EC P-256), made on the spot so that none of theirs ever expires in the repository. */
export function makeCertificate(request: CertificateRequest): Issued {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { authority, hosts = [] } = request;
  const signer = authority === undefined ? privateKey : createPrivateKey(authority.key);
  const subject = nameOf(request.name, request.organizations ?? []);
  const issuer = authority === undefined ? subject : subjectOf(authority.certificate);
  const hour = 3_600_000;
  const extensions = [
    ...(authority === undefined ? [extension("551d13", sequence(der(0x01, Buffer.from([0xff]))))] : []),
    ...(hosts.length > 0 ? [extension("551d11", sequence(...hosts.map(hostName)))] : []),
  ];
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, ...Buffer.from(request.name).subarray(0, 8)])),
    ecdsaWithSha256,
    issuer,
    sequence(
      utcTime(request.notBefore ?? new Date(Date.now() - hour)),
      utcTime(request.notAfter ?? new Date(Date.now() + 24 * hour)),
    ),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, signer));
  return {
    certificate: pem("CERTIFICATE", sequence(body, ecdsaWithSha256, signature)),
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));

function nameOf(name: string, organizations: readonly string[]): Buffer {
  const part = (type: string, text: string): Buffer => der(0x31, sequence(oid(type), der(0x0c, Buffer.from(text))));
  return sequence(...organizations.map((text) => part("55040a", text)), part("550403", name));
}

/** An authority of ours has a common name only. */
function subjectOf(certificate: string): Buffer {
  return nameOf(new X509Certificate(certificate).subject.replace(/^CN=/, ""), []);
}

function utcTime(date: Date): Buffer {
  return der(
    0x17,
    Buffer.from(
      date
        .toISOString()
        .replaceAll(/[-:T]|\.\d+/g, "")
        .slice(2),
    ),
  );
}

function extension(type: string, value: Buffer): Buffer {
  return sequence(oid(type), der(0x04, value));
}

function hostName(host: string): Buffer {
  return isIP(host) === 4 ? der(0x87, Buffer.from(host.split(".").map(Number))) : der(0x82, Buffer.from(host));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
