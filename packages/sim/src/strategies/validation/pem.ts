import { createPublicKey, verify, X509Certificate, type KeyObject } from "node:crypto";

interface Block {
  readonly type: string;
  readonly hasHeaders: boolean;
  readonly bytes: Buffer;
}

const block = /-----BEGIN ([^\n-]*)-----[ \t]*\r?\n((?:[^\n:]+: [^\n]*\r?\n)*)([A-Za-z0-9+/=\s]*)-----END \1-----/g;

function blocksOf(pem: Buffer): readonly Block[] {
  return [...pem.toString("latin1").matchAll(block)].map((match) => ({
    type: match[1]!,
    hasHeaders: match[2] !== "",
    bytes: Buffer.from(match[3]!, "base64"),
  }));
}

/** What is wrong with certificates as PEM; nothing is right, too. */
export function certificateProblem(pem: Buffer): string | undefined {
  if (pem.length === 0) return undefined;
  const blocks = blocksOf(pem);
  for (const { type, hasHeaders, bytes } of blocks) {
    if (type !== "CERTIFICATE") return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (hasHeaders) return "no PEM block headers are permitted";
    if (!isCertificate(bytes)) return "x509: malformed certificate";
  }
  return blocks.length === 0 ? "must contain at least one CERTIFICATE PEM block" : undefined;
}

function isCertificate(bytes: Buffer): boolean {
  try {
    return new X509Certificate(bytes).raw.length > 0;
  } catch {
    return false;
  }
}

/** What is wrong with a request for a certificate as PEM (PKCS#10): it is signed with the key that it names. */
export function requestProblem(pem: Buffer): string | undefined {
  const [first] = blocksOf(pem);
  if (first?.type !== "CERTIFICATE REQUEST") return "PEM block type must be CERTIFICATE REQUEST";
  const request = parseRequest(first.bytes);
  if (request === undefined) return "x509: malformed certificate request";
  const { key, signed, algorithm, signature } = request;
  try {
    if (verify(algorithm, signed, key, signature)) return undefined;
  } catch {
    // Of another kind than its key.
  }
  switch (key.asymmetricKeyType) {
    case "rsa":
      return "crypto/rsa: verification error";
    case "ed25519":
      return "x509: Ed25519 verification failure";
    default:
      return "x509: ECDSA verification failure";
  }
}

interface Request {
  readonly key: KeyObject;
  readonly signed: Buffer;
  readonly algorithm: string | null;
  readonly signature: Buffer;
}

/** By the hexadecimal bytes of the object identifier. */
const algorithms: ReadonlyMap<string, string | null> = new Map([
  ["2a864886f70d010105", "sha1"],
  ["2a864886f70d01010b", "sha256"],
  ["2a864886f70d01010c", "sha384"],
  ["2a864886f70d01010d", "sha512"],
  ["2a8648ce3d040302", "sha256"],
  ["2a8648ce3d040303", "sha384"],
  ["2a8648ce3d040304", "sha512"],
  ["2b6570", null],
]);

/** SEQUENCE { info SEQUENCE { version, subject, key, … }, algorithm SEQUENCE { id, … }, signature BIT STRING }. */
function parseRequest(bytes: Buffer): Request | undefined {
  const [info, algorithm, signature] = childrenOf(bytes) ?? [];
  if (info === undefined || algorithm === undefined || signature?.[0] !== 0x03) return undefined;
  const key = childrenOf(info)?.[2];
  const id = childrenOf(algorithm)?.[0];
  if (key === undefined || id === undefined) return undefined;
  const hash = algorithms.get(contentOf(id)?.toString("hex") ?? "");
  const bits = contentOf(signature)?.subarray(1);
  if (hash === undefined || bits === undefined) return undefined;
  try {
    const publicKey = createPublicKey({ key, format: "der", type: "spki" });
    return { key: publicKey, signed: info, algorithm: hash, signature: bits };
  } catch {
    return undefined;
  }
}

/** The length of a DER element and of what stands in front of its content. */
function sizeOf(bytes: Buffer, at: number): { readonly header: number; readonly length: number } | undefined {
  const first = bytes[at + 1];
  if (first === undefined) return undefined;
  if (first < 0x80) return { header: 2, length: first };
  const count = first - 0x80;
  if (count < 1 || count > 4 || at + 2 + count > bytes.length) return undefined;
  return { header: 2 + count, length: bytes.readUIntBE(at + 2, count) };
}

function contentOf(element: Buffer): Buffer | undefined {
  const size = sizeOf(element, 0);
  return size === undefined ? undefined : element.subarray(size.header, size.header + size.length);
}

function childrenOf(sequence: Buffer): readonly Buffer[] | undefined {
  const content = sequence[0] === 0x30 ? contentOf(sequence) : undefined;
  if (content === undefined) return undefined;
  const children: Buffer[] = [];
  for (let at = 0; at < content.length;) {
    const size = sizeOf(content, at);
    if (size === undefined || at + size.header + size.length > content.length) return undefined;
    children.push(content.subarray(at, at + size.header + size.length));
    at += size.header + size.length;
  }
  return children;
}
