import { charAt, isBlankBreakOrEnd, isBreak, isBreakOrEnd, isWord, readBreak, type Cursor } from "./chars.ts";
import { misplacedColon, missingColon } from "./colon-failures.ts";
import { YamlFailure } from "./failure.ts";
import { scanBlock } from "./scan-block.ts";
import { scanPlain } from "./scan-plain.ts";
import { scanQuoted } from "./scan-quoted.ts";
import { scanTag } from "./tag.ts";
import { style, token } from "./token.ts";

interface SimpleKey {
  possible: boolean;
  required: boolean;
  index: number;
  pos: number;
  lineStart: number;
}

export interface ScanOptions {
  readonly start: number;
  readonly end: number;
  /** Columns between the start of its line and `start`: 3 behind a `---`. */
  readonly column: number;
  /** The `%` lines before the document. */
  readonly directives: string;
  readonly maxScalar: number;
}

/**
 * Cuts one document into tokens, as libyaml's scanner does (kubectl reads YAML with its Go port): what counts as a
 * key, an indentation or a comment follows that program and not the YAML 1.2 specification where the two differ.
 * Tokens come on demand. `kinds`, `starts`, `ends`, `values` and `styles` are parallel, `head` is the next token.
 */
export class Scanner implements Cursor {
  readonly text: string;
  readonly first: number;
  readonly end: number;
  pos: number;
  lineStart: number;
  kinds: number[] = [];
  starts: number[] = [];
  ends: number[] = [];
  values: string[] = [];
  styles: number[] = [];
  /** How many tokens the arrays hold; what stands behind is old. */
  count = 0;
  head = 0;
  readonly directives: string;
  readonly maxScalar: number;
  keyAllowed: boolean;
  indent = -1;
  indents: number[] = [];
  flowLevel = 0;
  keys: SimpleKey[] = [{ possible: false, required: false, index: 0, pos: 0, lineStart: 0 }];
  finished = false;

  constructor(text: string, options: ScanOptions) {
    this.text = text;
    this.first = options.start;
    this.end = options.end;
    this.pos = options.start;
    this.lineStart = options.start - options.column;
    this.keyAllowed = options.column === 0;
    this.directives = options.directives;
    this.maxScalar = options.maxScalar;
  }

  /** The kind of the next token that says something; `head` points at it. */
  peek(): number {
    while (true) {
      if (this.head === this.count) {
        if (this.finished) return token.end;
        this.reset();
        this.fetch();
        continue;
      }
      const kind = this.kinds[this.head]!;
      if (kind === token.none) this.head++;
      else if (kind !== token.possibleKey) return kind;
      else if (!this.settle(this.keyAt(this.head))) this.fetch();
    }
  }

  /** Forgets the tokens that were taken. The arrays stay: shrinking and growing them again costs more than reading. */
  private reset(): void {
    this.head = 0;
    this.count = 0;
  }

  private push(kind: number, start: number, end: number, value = "", scalarStyle = 0): void {
    const at = this.count++;
    this.kinds[at] = kind;
    this.starts[at] = start;
    this.ends[at] = end;
    this.values[at] = value;
    this.styles[at] = scalarStyle;
  }

  private keyAt(index: number): SimpleKey | undefined {
    for (let level = this.keys.length - 1; level >= 0; level--) {
      const key = this.keys[level]!;
      if (key.possible && key.index === index) return key;
    }
    return undefined;
  }

  /** Whether the place is decided: a key is one line of at most 1024 characters. */
  private settle(key: SimpleKey | undefined): boolean {
    if (key === undefined) {
      this.kinds[this.head] = token.none;
      return true;
    }
    return !this.keyIsValid(key);
  }

  private keyIsValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    if (key.lineStart === this.lineStart && key.pos + 1024 >= this.pos) return true;
    if (key.required) throw missingColon(this, key.pos);
    this.dropKey(key);
    return false;
  }

  private dropKey(key: SimpleKey): void {
    key.possible = false;
    if (key.index < this.count && this.kinds[key.index] === token.possibleKey) this.kinds[key.index] = token.none;
  }

  private saveKey(): void {
    if (!this.keyAllowed) return;
    this.removeKey();
    const key = this.keys[this.keys.length - 1]!;
    key.possible = true;
    key.required = this.flowLevel === 0 && this.indent === this.pos - this.lineStart;
    key.index = this.count;
    key.pos = this.pos;
    key.lineStart = this.lineStart;
    this.push(token.possibleKey, this.pos, this.pos);
  }

  private removeKey(): void {
    const key = this.keys[this.keys.length - 1]!;
    if (!key.possible) return;
    if (key.required) throw missingColon(this, key.pos);
    this.dropKey(key);
  }

  /** Opens a block collection at `column` unless one is open there. */
  private roll(column: number): boolean {
    if (this.flowLevel > 0 || this.indent >= column) return false;
    this.indents.push(this.indent);
    this.indent = column;
    return true;
  }

  private unroll(column: number): void {
    if (this.flowLevel > 0) return;
    while (this.indent > column) {
      this.push(token.blockEnd, this.pos, this.pos);
      this.indent = this.indents.pop()!;
    }
  }

  private skipToToken(): void {
    const { text, end } = this;
    while (this.pos < end) {
      let c = text.charCodeAt(this.pos);
      if (c === 0xfeff && this.pos === this.lineStart) c = charAt(this, ++this.pos);
      while (c === 32 || (c === 9 && (this.flowLevel > 0 || !this.keyAllowed))) c = charAt(this, ++this.pos);
      if (c === 35) while (!isBreakOrEnd(c)) c = charAt(this, ++this.pos);
      if (!isBreak(c)) return;
      readBreak(this);
      if (this.flowLevel === 0) this.keyAllowed = true;
    }
  }

  private fetch(): void {
    this.skipToToken();
    const { pos } = this;
    const column = pos - this.lineStart;
    if (pos >= this.end) {
      this.unroll(-1);
      // The end counts as a line of its own, which settles every place where a key might have begun.
      this.lineStart = this.end + 1;
      this.removeKey();
      this.push(token.end, this.end, this.end);
      this.finished = true;
      return;
    }
    this.unroll(column);
    const c = this.text.charCodeAt(pos);
    const blankNext = isBlankBreakOrEnd(charAt(this, pos + 1));
    const flow = this.flowLevel > 0;
    if (c === 91 || c === 123) return this.flowStart(c === 91 ? token.flowSeqStart : token.flowMapStart);
    if (c === 93 || c === 125) return this.flowEnd(c === 93 ? token.flowSeqEnd : token.flowMapEnd);
    if (c === 44) return this.indicator(token.flowEntry, true);
    if (c === 45 && blankNext) return this.blockEntry(column);
    if (c === 63 && (flow || blankNext)) return this.explicitKey(column);
    if (c === 58 && (flow || blankNext)) return this.value(column);
    if (c === 42 || c === 38) return this.anchor(c === 42 ? token.alias : token.anchor);
    if (c === 33) return this.tag();
    if ((c === 124 || c === 62) && !flow) return this.block(c === 124 ? style.literal : style.folded);
    if (c === 39 || c === 34) return this.quoted(c === 39 ? style.single : style.double);
    this.rejectStart(c, blankNext);
    this.plain();
  }

  private rejectStart(c: number, blankNext: boolean): void {
    const at = this.pos;
    if (c === 9) throw new YamlFailure("tab", at, "a tab is used for indentation", "indent with spaces");
    const starts =
      c === 45
        ? !blankNext
        : c === 63 || c === 58
          ? this.flowLevel === 0 && !blankNext
          : !"#|>%@`".includes(String.fromCharCode(c));
    if (!starts) {
      const character = String.fromCharCode(c);
      throw new YamlFailure(
        "syntax",
        at,
        `a value cannot begin with \`${character}\``,
        `quote the value: "${character}…"`,
      );
    }
  }

  private indicator(kind: number, keyAllowed: boolean): void {
    this.removeKey();
    this.keyAllowed = keyAllowed;
    this.push(kind, this.pos, this.pos + 1);
    this.pos++;
  }

  private flowStart(kind: number): void {
    this.saveKey();
    this.keys.push({ possible: false, required: false, index: 0, pos: 0, lineStart: 0 });
    this.flowLevel++;
    this.keyAllowed = true;
    this.push(kind, this.pos, this.pos + 1);
    this.pos++;
  }

  private flowEnd(kind: number): void {
    this.removeKey();
    if (this.flowLevel > 0) {
      this.flowLevel--;
      this.keys.pop();
    }
    this.keyAllowed = false;
    this.push(kind, this.pos, this.pos + 1);
    this.pos++;
  }

  private blockEntry(column: number): void {
    if (this.flowLevel === 0) {
      if (!this.keyAllowed) {
        throw new YamlFailure(
          "syntax",
          this.pos,
          "a list item begins in the middle of a line",
          "put `- ` on its own line below the key, or quote the value",
        );
      }
      if (this.roll(column)) this.push(token.blockSeqStart, this.pos, this.pos);
    }
    this.indicator(token.blockEntry, true);
  }

  private explicitKey(column: number): void {
    if (this.flowLevel === 0) {
      if (!this.keyAllowed)
        throw new YamlFailure("syntax", this.pos, "`? ` begins a key in the middle of a line", "quote the value");
      if (this.roll(column)) this.push(token.blockMapStart, this.pos, this.pos);
    }
    this.indicator(token.key, this.flowLevel === 0);
  }

  private value(column: number): void {
    const key = this.keys[this.keys.length - 1]!;
    if (this.keyIsValid(key)) {
      this.kinds[key.index] = this.roll(key.pos - key.lineStart) ? token.mapStartAndKey : token.key;
      key.possible = false;
      this.keyAllowed = false;
    } else {
      if (this.flowLevel === 0) {
        if (!this.keyAllowed) throw misplacedColon(this);
        if (this.roll(column)) this.push(token.blockMapStart, this.pos, this.pos);
      }
      this.keyAllowed = this.flowLevel === 0;
    }
    this.push(token.value, this.pos, this.pos + 1);
    this.pos++;
  }

  private anchor(kind: number): void {
    this.saveKey();
    this.keyAllowed = false;
    const start = this.pos;
    let i = start + 1;
    while (isWord(charAt(this, i))) i++;
    const after = charAt(this, i);
    if (i === start + 1 || !(isBlankBreakOrEnd(after) || "?:,]}%@`".includes(String.fromCharCode(after)))) {
      const character = this.text.charAt(start);
      throw new YamlFailure(
        "syntax",
        start,
        `\`${character}\` begins ${kind === token.alias ? "an alias" : "an anchor"}, whose name may hold letters, digits, \`-\` and \`_\``,
        `quote the value when it is meant to begin with \`${character}\``,
      );
    }
    this.pos = i;
    this.push(kind, start, i, this.text.slice(start + 1, i));
  }

  private tag(): void {
    this.saveKey();
    this.keyAllowed = false;
    const start = this.pos;
    const value = scanTag(this, this.directives);
    this.push(token.tag, start, this.pos, value);
  }

  private block(scalarStyle: number): void {
    this.removeKey();
    this.keyAllowed = true;
    const start = this.pos;
    const scalar = scanBlock(this, this.indent, this.maxScalar);
    this.push(token.scalar, start, scalar.end, scalar.value, scalarStyle);
  }

  private quoted(scalarStyle: number): void {
    this.saveKey();
    this.keyAllowed = false;
    const start = this.pos;
    const value = scanQuoted(this, this.maxScalar);
    this.push(token.scalar, start, this.pos, value, scalarStyle);
  }

  private plain(): void {
    this.saveKey();
    this.keyAllowed = false;
    const start = this.pos;
    const scalar = scanPlain(this, this.indent + 1, this.flowLevel > 0, this.maxScalar);
    if (scalar.brokeLine) this.keyAllowed = true;
    this.push(token.scalar, start, scalar.end, scalar.value, style.plain);
  }
}
