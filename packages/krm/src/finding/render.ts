import { formatPath } from "@fairlead/apimachinery";
import { formatRef } from "../object.ts";
import { codeFrame } from "./code-frame.ts";
import type { Finding, Severity } from "./finding.ts";
import { maskSecrets } from "./mask-secrets.ts";
import { sortFindings } from "./summary.ts";

export interface RenderOptions {
  /** The texts of the files, by the name in `Finding.file`; without one a finding has no code frame. */
  readonly texts?: ReadonlyMap<string, string>;
  /** Escape sequences for a terminal. Callers decide, by `NO_COLOR` and whether there is a terminal. */
  readonly color?: boolean;
  /** Columns after which lines of code are cut; 100 unless told. */
  readonly width?: number;
}

export type Paint = (style: "red" | "yellow" | "blue" | "bold" | "dim", text: string) => string;

const codes = { red: [31, 39], yellow: [33, 39], blue: [34, 39], bold: [1, 22], dim: [2, 22] } as const;

export function painter(color: boolean): Paint {
  return (style, text) => (color && text !== "" ? `\u001B[${codes[style][0]}m${text}\u001B[${codes[style][1]}m` : text);
}

const severityStyle: Record<Severity, "red" | "yellow" | "blue"> = { error: "red", warning: "yellow", info: "blue" };

/**
 * Findings for people, sorted, each with its place, a code frame when the text is at hand, and its hint.
 * Values that may be secret are masked in the frames. Ends with a line break unless there is nothing.
 */
export function renderFindings(findings: readonly Finding[], options: RenderOptions = {}): string {
  const paint = painter(options.color === true);
  const frames = frameMaker(options, paint);
  return sortFindings(findings)
    .map((finding) => `${renderOne(finding, paint, frames(finding))}\n`)
    .join("");
}

function renderOne(finding: Finding, paint: Paint, frame: readonly string[]): string {
  const { code, severity, message, hint } = finding;
  const where = place(finding);
  const head = `${where === "" ? "" : `${paint("bold", where)}: `}${paint(severityStyle[severity], severity)} ${code}: ${printable(message)}`;
  const lines = [head, ...subject(finding).map((line) => paint("dim", `  ${line}`)), ...frame];
  if (hint !== undefined) lines.push(`  ${paint("bold", "hint")}: ${printable(hint)}`);
  return lines.join("\n");
}

function place({ file, line, column }: Finding): string {
  if (file === undefined) return line === undefined ? "" : `line ${line}`;
  if (line === undefined) return printable(file);
  return `${printable(file)}:${line}${column === undefined ? "" : `:${column}`}`;
}

function subject({ object, field, message }: Finding): string[] {
  if (object === undefined || (object.kind === "" && object.name === "")) return [];
  const path = field === undefined || field.length === 0 ? "" : formatPath(field);
  // Messages of the schema begin with the path; it need not be said twice.
  return [printable(`in ${formatRef(object)}${path === "" || message.startsWith(path) ? "" : `, ${path}`}`)];
}

/** Controls, and the marks by which a text can show itself in another order than it has. */
const unprintable = /(?![\t\n])\p{Cc}|[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** Text from files must not move the cursor of a terminal, nor pass for another text. */
function printable(text: string): string {
  return text.replaceAll(unprintable, (c) => {
    const code = c.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });
}

/** Code frames of many findings; each file is split into lines once. */
function frameMaker({ texts, width }: RenderOptions, paint: Paint): (finding: Finding) => string[] {
  const lines = new Map<string, readonly string[]>();
  return ({ file, line, column }) => {
    if (file === undefined || line === undefined) return [];
    let known = lines.get(file);
    if (known === undefined) {
      const text = texts?.get(file);
      if (text === undefined) return [];
      known = maskSecrets(text).split(/\r\n|\n|\r/);
      lines.set(file, known);
    }
    return codeFrame(known, line, column, { width: width ?? 100, paint });
  };
}
