import { inputFindings } from "../input-findings.ts";
import { notUtf8 } from "./decode.ts";
import { defaultYamlLimits } from "./limits.ts";
import { parseCounting, type ParseOptions, type ParseResult } from "./parse.ts";
import { breaksBetween, contentKind, isMarker } from "./split.ts";

interface Assembly {
  /** A finished piece of nothing but `%` lines: they belong to the document behind the next marker. */
  directives: string;
  /** Whole lines of the document at hand. */
  readonly parts: string[];
  size: number;
  /** The beginning of a line whose end has not come yet. */
  readonly tail: string[];
  tailSize: number;
  line: number;
  index: number;
  documents: number;
}

/**
 * Reads a stream document by document, so that the memory needed is that of the largest document and not of the
 * stream. Each result has the documents (mostly one) and findings of one piece; lines count from the stream's beginning.
 * Findings, never exceptions, for any bytes; an error of the stream itself passes through.
 */
export async function* parseBytes(
  chunks: AsyncIterable<Uint8Array>,
  options: ParseOptions = {},
): AsyncGenerator<ParseResult> {
  const limits = { ...defaultYamlLimits, ...options.limits };
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const file = options.file === undefined ? {} : { file: options.file };
  const state: Assembly = {
    directives: "",
    parts: [],
    size: 0,
    tail: [],
    tailSize: 0,
    line: options.firstLine ?? 1,
    index: options.firstIndex ?? 0,
    documents: 0,
  };
  const refuse = (code: "FL020" | "FL021" | "FL025", message: string): ParseResult => ({
    documents: [],
    findings: [inputFindings(code, { ...file, line: state.line, column: 1, message, hint: "split the input" })],
  });
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > limits.total) return yield refuse("FL020", `the input has more than ${limits.total} bytes`);
    const text = decode(decoder, chunk);
    if (text === undefined) return yield { documents: [], findings: [notUtf8(options.file, state.line)] };
    for (const document of addText(state, text)) {
      yield parsePiece(document, state, options);
      if (state.documents > limits.documents)
        return yield refuse("FL025", `the input has more than ${limits.documents} documents`);
    }
    if (state.size + state.tailSize > limits.document) {
      return yield refuse("FL021", `the document has more than ${limits.document} characters`);
    }
  }
  if (decode(decoder) === undefined) return yield { documents: [], findings: [notUtf8(options.file, state.line)] };
  yield parsePiece([state.directives, ...state.parts, ...state.tail].join(""), state, options);
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk?: Uint8Array): string | undefined {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    return undefined;
  }
}

function parsePiece(text: string, state: Assembly, options: ParseOptions): ParseResult {
  const { documents, findings, read } = parseCounting(text, {
    ...options,
    firstLine: state.line,
    firstIndex: state.index,
  });
  state.line += breaksBetween(text, 0, text.length);
  state.index += read;
  state.documents++;
  return { documents, findings };
}

/** Takes text in and returns the documents that are complete now: those behind which a marker has come. */
function* addText(state: Assembly, text: string): Generator<string> {
  const lastBreak = text.lastIndexOf("\n");
  if (lastBreak < 0) {
    state.tail.push(text);
    state.tailSize += text.length;
    return;
  }
  state.tail.push(text.slice(0, lastBreak + 1));
  const lines = state.tail.length === 1 ? state.tail[0]! : state.tail.join("");
  state.tail.length = 0;
  const rest = text.slice(lastBreak + 1);
  state.tail.push(rest);
  state.tailSize = rest.length;
  let from = 0;
  for (const marker of markers(lines)) {
    const piece = lines.slice(from, marker);
    from = marker;
    state.parts.push(piece);
    const document = state.parts.length === 1 ? piece : state.parts.join("");
    state.parts.length = 0;
    const carried = state.directives;
    const isDirectives = kindOf(document) === "directives";
    state.directives = isDirectives ? document : "";
    state.size = state.directives.length;
    // Newer `%` lines replace those before them, which then only count as lines.
    const complete = isDirectives ? carried : carried + document;
    if (complete !== "") yield complete;
  }
  const open = lines.slice(from);
  state.parts.push(open);
  state.size += open.length;
}

/** What stands behind the marker with which a piece begins, if it does; the line of a `...` has nothing else. */
function kindOf(piece: string): ReturnType<typeof contentKind> {
  if (!isMarker(piece, 0)) return contentKind(piece, 0, piece.length);
  return contentKind(piece, piece.startsWith("...") ? piece.indexOf("\n") + 1 : 3, piece.length);
}

/** Where markers begin in a text that consists of whole lines. */
function* markers(lines: string): Generator<number> {
  if (isMarker(lines, 0)) yield 0;
  let dashes = lines.indexOf("\n---");
  let dots = lines.indexOf("\n...");
  while (dashes >= 0 || dots >= 0) {
    const at = dashes >= 0 && (dots < 0 || dashes < dots) ? dashes : dots;
    if (isMarker(lines, at + 1)) yield at + 1;
    if (at === dashes) dashes = lines.indexOf("\n---", at + 1);
    else dots = lines.indexOf("\n...", at + 1);
  }
}
