import { Buffer } from "node:buffer";

const mostText = 4 * 1024;
const mostOfOne = 256;

/**
 * `Warning` headers (RFC 9110, as kube-apiserver writes them): `299 - "text"`, each text once, without what holds control
 * characters; when all together are longer than 4,096 characters, each is cut to 256, and those beyond are left out.
 */
export function warningHeaders(warnings: readonly string[]): readonly string[] {
  const texts = [...new Set(warnings)].filter((text) => text !== "" && !/\p{Cc}/u.test(text) && text.isWellFormed());
  const runes = texts.map((text) => [...text]);
  const total = runes.reduce((sum, { length }) => sum + length, 0);
  if (total <= mostText) return texts.map(header);
  const headers: string[] = [];
  let written = 0;
  for (const one of runes) {
    if (written >= mostText) break;
    const cut = one.slice(0, mostOfOne);
    written += cut.length;
    headers.push(header(cut.join("")));
  }
  return headers;
}

/** Header values are bytes to Node, one a character. */
function header(text: string): string {
  const quoted = `299 - "${text.replaceAll(/["\\]/g, "\\$&")}"`;
  return Buffer.from(quoted).toString("latin1");
}
