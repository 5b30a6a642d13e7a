import { interpolate, type Variables } from "./interpolate.ts";

export interface EnvFile {
  readonly variables: { [name: string]: string };
  /** Variables that are named without a value: Compose takes them from its own environment. */
  readonly inherited: readonly string[];
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

/**
 * Reads an env file as Compose does: `NAME=value`, `#` comments, single quotes literal, double quotes with escapes,
 * quoted values over several lines, variables of the file and of `variables` substituted unless single-quoted.
 */
export function parseEnvFile(text: string, variables: Variables): EnvFile {
  const found: { [name: string]: string } = Object.create(null) as { [name: string]: string };
  const inherited: string[] = [];
  const problems: { line: number; message: string }[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:(=|:\s)\s*(.*))?$/.exec(line);
    if (match === null) {
      if (!/^\s*(#.*)?$/.test(line)) problems.push({ line: at + 1, message: "is not NAME=value" });
      continue;
    }
    const name = match[1]!;
    if (match[2] === undefined) {
      inherited.push(name);
      continue;
    }
    const written = match[3]!;
    const quote = written[0];
    if (quote === "'" || quote === '"') {
      const first = at;
      let body = written.slice(1);
      let end = closingQuote(body, quote);
      while (end === undefined && at + 1 < lines.length) {
        body += `\n${lines[++at]!}`;
        end = closingQuote(body, quote);
      }
      if (end === undefined) problems.push({ line: first + 1, message: "has a quote that is never closed" });
      const raw = body.slice(0, end);
      found[name] = quote === "'" ? raw : interpolate(unescape(raw), { ...variables, ...found }).text;
    } else {
      found[name] = interpolate(written.replace(/\s+#.*$/, "").trimEnd(), { ...variables, ...found }).text;
    }
  }
  return { variables: found, inherited, problems };
}

function closingQuote(text: string, quote: string): number | undefined {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\" && quote === '"') at++;
    else if (text[at] === quote) return at;
  }
  return undefined;
}

const escapes: { readonly [letter: string]: string } = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (whole, letter: string) => (Object.hasOwn(escapes, letter) ? escapes[letter]! : whole));
}
