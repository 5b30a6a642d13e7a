/** The part of a certificate request's subject that admission looks at. */
export interface CertificateSubject {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

type Element = { readonly tag: number; readonly content: Buffer; readonly end: number };

const organization = "55040a";
const commonName = "550403";

/** Reads the subject of a PEM-encoded PKCS #10 request (RFC 2986); undefined for anything else. */
export function readSubject(pem: string): CertificateSubject | undefined {
  const body = /-----BEGIN CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE REQUEST-----/.exec(pem)?.[1];
  if (body === undefined) return undefined;
  try {
    const request = element(Buffer.from(body, "base64"), 0);
    const info = element(request.content, 0);
    const version = element(info.content, 0);
    const name = element(info.content, version.end);
    if (request.tag !== 0x30 || info.tag !== 0x30 || version.tag !== 0x02 || name.tag !== 0x30) return undefined;
    const attributes = children(name.content).flatMap((set) => children(set.content));
    const values = attributes.map((attribute) => {
      const [type, value] = children(attribute.content);
      return { type: type!.content.toString("hex"), text: value!.content.toString("utf8") };
    });
    return {
      commonName: values.findLast(({ type }) => type === commonName)?.text ?? "",
      organizations: values.filter(({ type }) => type === organization).map(({ text }) => text),
    };
  } catch {
    return undefined;
  }
}

function children(content: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < content.length;) {
    const next = element(content, at);
    found.push(next);
    at = next.end;
  }
  return found;
}

/** One DER element: definite lengths only. */
function element(bytes: Buffer, at: number): Element {
  const tag = bytes.readUInt8(at);
  let length = bytes.readUInt8(at + 1);
  let start = at + 2;
  if (length > 0x80) {
    const size = length - 0x80;
    length = bytes.readUIntBE(start, size);
    start += size;
  } else if (length === 0x80) {
    throw new RangeError("indefinite length");
  }
  const end = start + length;
  if (end > bytes.length) throw new RangeError("cut off");
  return { tag, content: bytes.subarray(start, end), end };
}
