import type { Finding } from "../finding/finding.ts";
import { inputFindings } from "../input-findings.ts";
import type { YamlFailure, YamlFailureKind } from "./failure.ts";
import type { Position } from "./position.ts";
import type { YamlRemark } from "./remark.ts";
import { positionIn, type DocumentSource } from "./split.ts";

// oxlint-disable-next-line no-control-regex -- these are the characters that YAML forbids
const forbidden = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F\x80-\x84\x86-\x9F\uFFFE\uFFFF]/;

/** Whether a text has a character that YAML forbids, or half of one. */
export function hasForbidden(text: string): boolean {
  return forbidden.test(text) || !text.isWellFormed();
}

/** FL003 when the document has a character that YAML forbids: nothing of it is read then. */
export function forbiddenFinding(source: DocumentSource, file: { file?: string }): Finding | undefined {
  const text = source.text.slice(source.start, source.end);
  if (!hasForbidden(text)) return undefined;
  const at = forbidden.exec(text)?.index ?? firstLoneSurrogate(text);
  const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0");
  return inputFindings("FL003", {
    ...file,
    ...positionIn(source, source.start + at),
    message: `the character U+${code} is not allowed in YAML`,
    hint: `remove it, or write "\\u${code}" in double quotes`,
  });
}

function firstLoneSurrogate(text: string): number {
  return text.search(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/);
}

const failureCodes: Record<YamlFailureKind, keyof typeof inputFindings.definitions> = {
  syntax: "FL004",
  tab: "FL005",
  unclosed: "FL006",
  indentation: "FL007",
  alias: "FL009",
  key: "FL010",
  number: "FL011",
  tag: "FL012",
  merge: "FL014",
  scalarLimit: "FL022",
  depthLimit: "FL023",
  nodesLimit: "FL026",
  aliasLimit: "FL024",
};

/** Why a document could not be read. */
export function failureFinding(failure: YamlFailure, source: DocumentSource, file: { file?: string }): Finding {
  const place = positionIn(source, Math.min(failure.offset, source.end));
  const related = failure.related === undefined ? place : positionIn(source, failure.related);
  const fill = (text: string): string =>
    text.replaceAll("{line}", String(related.line)).replaceAll("{column}", String(related.column));
  const message = failure.kind === "tab" ? `${failure.message} at line {line}, column {column}` : failure.message;
  return inputFindings(failureCodes[failure.kind], {
    ...file,
    ...place,
    message: fill(message),
    ...(failure.hint === undefined ? {} : { hint: fill(failure.hint) }),
  });
}

/** A mistake in a document that could be read. */
export function remarkFinding(
  remark: YamlRemark,
  positionOf: (offset: number) => Position,
  file: { file?: string },
): Finding {
  const where = { ...file, ...positionOf(remark.offset) };
  switch (remark.kind) {
    case "duplicate": {
      const { line } = positionOf(remark.firstOffset);
      return inputFindings("FL008", {
        ...where,
        message: `the key \`${remark.key}\` stands here again; it was first written in line ${line}`,
        hint: "remove one of the two; kubectl would silently take the last",
      });
    }
    case "unknownTag":
      return inputFindings("FL013", {
        ...where,
        message: `the tag \`${remark.tag}\` is ignored, as kubectl does`,
        hint: "resolve the tag with its own tool first, or remove it",
      });
    case "lateMerge":
      return inputFindings("FL015", {
        ...where,
        message: `\`<<\` overrides the key \`${remark.key}\` that stands before it`,
        hint: "put `<<` first in its map, then the key wins for every reader",
      });
    case "lineSeparator":
      return inputFindings("FL016", {
        ...where,
        message: "the value holds a line break (U+0085, U+2028 or U+2029) that most editors do not show",
        hint: "remove it, or write `\\L` in double quotes",
      });
  }
}
