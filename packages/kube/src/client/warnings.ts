import type { ServerWarning } from "./client.ts";

/** RFC 7234, 5.5: code, agent, quoted text, and perhaps a date. Several may stand in one header. */
const warningPattern = /(\d{3}) (\S+) "((?:[^"\\]|\\.)*)"(?: "[^"]*")?/g;

/** How many different texts are remembered; a server has no reason to have more. */
const mostRemembered = 1000;

/** Tells each text once. Returns a function that reads the `warning` headers of an answer. */
export function createWarnings(
  tell: (warning: ServerWarning) => void,
): (header: string | readonly string[], method: string, path: string) => void {
  const told = new Set<string>();
  return (header, method, path) => {
    for (const one of typeof header === "string" ? [header] : header) {
      for (const [, code, agent = "-", quoted = ""] of one.matchAll(warningPattern)) {
        if (code !== "299") continue;
        const text = quoted.replaceAll(/\\(.)/g, "$1");
        if (told.has(text)) continue;
        if (told.size < mostRemembered) told.add(text);
        tell({ text, agent, method, path });
      }
    }
  };
}
