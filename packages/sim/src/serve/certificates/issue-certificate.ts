import { createHash, createPrivateKey, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { isIP } from "node:net";
import {
  bitString,
  der,
  integer,
  objectIdentifier,
  pem,
  readElements,
  sequence,
  tag,
  time,
  utf8String,
} from "./der.ts";
import { addressBytes } from "./address-bytes.ts";

/** A certificate and its private key, as PEM texts. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  /** Groups, as Kubernetes reads a client certificate. */
  readonly organizations?: readonly string[];
  /** An authority signs others, and itself if it has no issuer. */
  readonly usage: "authority" | "server" | "client";
  /** Who signs; itself if absent. */
  readonly issuer?: Issued;
  /** DNS names, IP addresses and URIs (with `://`) of its holder. */
  readonly hosts?: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Makes a key (EC P-256) and its certificate: X.509 v3, RFC 5280. */
export function issueCertificate(request: CertificateRequest): Issued {
  const { usage, issuer, hosts = [] } = request;
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKey = pair.publicKey.export({ type: "spki", format: "der" });
  const subject = nameOf(request.commonName, request.organizations ?? []);
  const authority = issuer === undefined ? { name: subject, key: pair.privateKey, publicKey } : parseAuthority(issuer);
  const extensions = [
    extension("551d0f", keyUsage(usage), true),
    ...(usage === "authority" ? [] : [extension("551d25", sequence(extendedUsage(usage)))]),
    extension("551d13", usage === "authority" ? sequence(der(tag.boolean, Buffer.from([0xff]))) : sequence(), true),
    extension("551d0e", der(tag.octetString, keyId(publicKey))),
    extension("551d23", sequence(der(0x80, keyId(authority.publicKey)))),
    ...(hosts.length > 0 ? [extension("551d11", sequence(...hosts.map(alternativeName)))] : []),
  ];
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(serialOf(publicKey, subject, request)),
    ecdsaWithSha256,
    authority.name,
    sequence(time(request.notBefore), time(request.notAfter)),
    subject,
    publicKey,
    der(0xa3, sequence(...extensions)),
  );
  const signature = bitString(sign("sha256", body, authority.key));
  return {
    certificate: pem("CERTIFICATE", sequence(body, ecdsaWithSha256, signature)),
    key: pair.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}

const ecdsaWithSha256 = sequence(objectIdentifier("2a8648ce3d040302"));

/** A Name: the organisations, then the common name, as kubeadm writes them. */
function nameOf(commonName: string, organizations: readonly string[]): Buffer {
  const part = (type: string, text: string): Buffer => der(tag.set, sequence(objectIdentifier(type), utf8String(text)));
  return sequence(...organizations.map((text) => part("55040a", text)), part("550403", commonName));
}

interface Authority {
  /** Of its certificate, byte for byte: what it issues must name it so. */
  readonly name: Buffer;
  readonly key: KeyObject;
  readonly publicKey: Uint8Array;
}

function parseAuthority({ certificate, key }: Issued): Authority {
  const parsed = new X509Certificate(certificate);
  const whole = readElements(parsed.raw)?.[0];
  const body = whole === undefined ? undefined : readElements(whole.content)?.[0];
  const name = body === undefined ? undefined : readElements(body.content)?.[5]?.whole;
  if (name === undefined) throw new Error("the authority's certificate is not X.509 v3");
  return {
    name,
    key: createPrivateKey(key),
    publicKey: parsed.publicKey.export({ type: "spki", format: "der" }),
  };
}

/** Different for every key and validity, and nothing random: 127 bits. */
function serialOf(publicKey: Uint8Array, subject: Uint8Array, { notBefore, notAfter }: CertificateRequest): Buffer {
  const hash = createHash("sha256").update(publicKey).update(subject);
  const serial = hash.update(`${notBefore.getTime()} ${notAfter.getTime()}`).digest().subarray(0, 16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return serial;
}

function keyId(publicKey: Uint8Array): Buffer {
  return createHash("sha256").update(publicKey).digest().subarray(0, 20);
}

/** digitalSignature, and keyCertSign with cRLSign of an authority. */
function keyUsage(usage: CertificateRequest["usage"]): Buffer {
  return usage === "authority" ? bitString(Buffer.from([0x86]), 1) : bitString(Buffer.from([0x80]), 7);
}

function extendedUsage(usage: "server" | "client"): Buffer {
  return objectIdentifier(usage === "server" ? "2b06010505070301" : "2b06010505070302");
}

function extension(type: string, value: Uint8Array, critical = false): Buffer {
  const flag = critical ? [der(tag.boolean, Buffer.from([0xff]))] : [];
  return sequence(objectIdentifier(type), ...flag, der(tag.octetString, value));
}

function alternativeName(host: string): Buffer {
  if (host.includes("://")) return der(0x86, Buffer.from(host));
  return isIP(host) === 0 ? der(0x82, Buffer.from(host)) : der(0x87, addressBytes(host));
}
