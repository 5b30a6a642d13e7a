/** What the functions are called that stand for CEL's optional syntax, which the parser does not know. */
export const optionalNames = {
  select: "optSelect__",
  index: "optIndex__",
  entry: "optEntry__",
  field: "optField__",
} as const;

type Token = { readonly kind: "space" | "name" | "text" | "number" | "mark"; readonly text: string };

const tokens =
  /(?<space>(?:\s|\/\/[^\n]*)+)|(?<text>(?:[rR]?[bB]?|[bB][rR])(?:"""(?:[^\\]|\\[^])*?"""|'''(?:[^\\]|\\[^])*?'''|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'))|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[uU]?)|(?<name>[A-Za-z_]\w*)|(?<mark>[^])/gy;

function* tokenize(text: string): Generator<Token> {
  for (const match of text.matchAll(tokens)) {
    const [kind, value] = Object.entries(match.groups!).find(([, one]) => one !== undefined)!;
    yield { kind: kind as Token["kind"], text: value };
  }
}

type Frame = { readonly close: string; readonly emit: string; readonly chainAfter: boolean; readonly list: boolean };

/**
 * Writes `a.?b.c[d]`, `a[?b]`, `[?a]` and `{?k: v}` as calls. Each selection after an optional one is of an optional
 * itself, until a method is called. Text without a question mark that could be such syntax comes back as it is.
 */
export function withoutOptionalSyntax(text: string): string {
  if (!/\.\s*\?|[[{,]\s*\?/.test(text)) return text;
  const all = [...tokenize(text)];
  const out: string[] = [];
  const frames: Frame[] = [];
  let isChain = false;
  let before: Token | undefined;
  const next = (from: number): number => {
    let at = from;
    while (all[at]?.kind === "space") at++;
    return at;
  };
  for (let at = 0; at < all.length; at++) {
    const token = all[at]!;
    if (token.kind === "space") {
      out.push(token.text);
      continue;
    }
    let consumed = token;
    if (token.text === "." && before !== undefined) {
      let name = next(at + 1);
      const isOptional = all[name]?.text === "?";
      if (isOptional) name = next(name + 1);
      const isCall = all[next(name + 1)]?.text === "(";
      if (all[name]?.kind === "name" && (isOptional || (isChain && !isCall))) {
        out.push(`.${optionalNames.select}("${all[name]!.text}")`);
        at = name;
        consumed = { kind: "name", text: "x" };
        isChain = true;
      } else {
        out.push(".");
        if (isCall) isChain = false;
      }
    } else if (token.text === "[" || token.text === "(" || token.text === "{") {
      const isIndex = token.text === "[" && isOperand(before);
      const mark = next(at + 1);
      if (isIndex && (isChain || all[mark]?.text === "?")) {
        out.push(`.${optionalNames.index}(`);
        if (all[mark]?.text === "?") at = mark;
        frames.push({ close: "]", emit: ")", chainAfter: true, list: false });
      } else {
        out.push(token.text);
        const close = token.text === "[" ? "]" : token.text === "(" ? ")" : "}";
        frames.push({ close, emit: close, chainAfter: false, list: !isIndex && token.text !== "(" });
      }
      isChain = false;
    } else if (token.text === frames.at(-1)?.close) {
      const frame = frames.pop()!;
      out.push(frame.emit);
      isChain = frame.chainAfter;
    } else if (
      token.text === "?" &&
      frames.at(-1)?.list === true &&
      (before?.text === "," || /^[[{]$/.test(before?.text ?? ""))
    ) {
      at = entry(all, at, next, frames.at(-1)!.close === "}", out);
    } else {
      out.push(token.text);
      if (!(token.kind === "name" && before?.text === ".")) isChain = false;
    }
    before = consumed;
  }
  return out.join("");
}

/** `?name:` of an object, `?key:` of a map, `?value` of a list: the first gets another name, the others a call. */
function entry(
  all: readonly Token[],
  mark: number,
  next: (from: number) => number,
  isStruct: boolean,
  out: string[],
): number {
  const at = next(mark + 1);
  if (isStruct && all[at]?.kind === "name" && all[next(at + 1)]?.text === ":") {
    out.push(optionalNames.field + all[at]!.text);
    return at;
  }
  let depth = 0;
  let end = at;
  for (; end < all.length; end++) {
    const { kind, text } = all[end]!;
    if (kind !== "mark") continue;
    if (/[[({]/.test(text)) depth++;
    else if (/[\])}]/.test(text) && depth-- === 0) break;
    else if (depth === 0 && (text === "," || (isStruct && text === ":"))) break;
  }
  const inner = all
    .slice(at, end)
    .map((token) => token.text)
    .join("");
  out.push(`${optionalNames.entry}(${withoutOptionalSyntax(inner)})`);
  return end - 1;
}

function isOperand(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === "name") return token.text !== "in";
  return token.kind === "text" || token.text === ")" || token.text === "]" || token.text === "}";
}
