import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";

/** What is wrong with a text that should be PEM. It never quotes the text. */
export interface PemProblem {
  readonly problem: string;
  readonly hint?: string;
}

const block = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;
const maximum = 10_000;

/** The certificates of a PEM bundle in its order, or what is wrong. Text around them is allowed, as in Go. */
export function readCertificates(text: string): { readonly certificates: readonly X509Certificate[] } | PemProblem {
  const blocks = text.match(block);
  if (blocks === null) return notCertificate(text);
  if (blocks.length > maximum) return { problem: `holds more than ${maximum} certificates` };
  const certificates: X509Certificate[] = [];
  for (const [index, pem] of blocks.entries()) {
    try {
      certificates.push(new X509Certificate(pem));
    } catch {
      const which =
        blocks.length === 1 ? "a certificate" : `${blocks.length} certificates, of which number ${index + 1}`;
      return { problem: `holds ${which}${blocks.length === 1 ? " that" : ""} cannot be decoded` };
    }
  }
  return { certificates };
}

function notCertificate(text: string): PemProblem {
  if (text.trim() === "") return { problem: "is empty" };
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    return {
      problem: "holds a private key where a certificate belongs",
      hint: "certificate and key are probably swapped",
    };
  return { problem: "holds no certificate in PEM form (`-----BEGIN CERTIFICATE-----`)" };
}

/** What is wrong with a client certificate (leaf first) and its key, or the leaf if nothing is. */
export function checkKeyPair(certificate: string, key: string): { readonly leaf: X509Certificate } | PemProblem {
  const read = readCertificates(certificate);
  if ("problem" in read) return { problem: `the client certificate ${read.problem}`, ...hintOf(read) };
  const leaf = read.certificates[0]!;
  const privateKey = readKey(key);
  if ("problem" in privateKey) return privateKey;
  if (!leaf.checkPrivateKey(privateKey))
    return {
      problem: "the client certificate and the client key do not belong together",
      hint: "take both from the same place; after a rotation both have to be replaced",
    };
  return { leaf };
}

function hintOf({ hint }: PemProblem): { hint?: string } {
  return hint === undefined ? {} : { hint };
}

function readKey(text: string): KeyObject | PemProblem {
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text))
    return {
      problem: "the client key is protected by a passphrase",
      hint: "kubeconfigs have no place for one: `openssl pkey -in KEY -out PLAIN-KEY` removes it",
    };
  try {
    return createPrivateKey(text);
  } catch {
    const hint = text.includes("BEGIN CERTIFICATE") ? "certificate and key are probably swapped" : undefined;
    return {
      problem: "the client key cannot be read as a private key in PEM form",
      ...(hint === undefined ? {} : { hint }),
    };
  }
}

/** The bytes of standard base64 as text; undefined for what is not base64. Line breaks are ignored, as in Go. */
export function decodeBase64(text: string): string | undefined {
  const compact = text.replaceAll(/[\r\n]/g, "");
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return undefined;
  return Buffer.from(compact, "base64").toString("utf8");
}
