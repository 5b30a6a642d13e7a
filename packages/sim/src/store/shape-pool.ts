import { Buffer } from "node:buffer";
import { createRecentTexts } from "./recent-texts.ts";

/**
 * JSON as it looks but for the values of its members: the replicas of a workload are alike, and so are most objects of a
 * kind. It holds one such text as an example, and where the values lie in it.
 */
export interface Shape {
  readonly example: string;
  readonly values: readonly string[];
  /** Where each value begins in the example. */
  readonly starts: readonly number[];
}

/** A text as what it has other than the example of its shape. */
export interface Shaped {
  /** Undefined: `rest` is the text itself. */
  readonly shape: Shape | undefined;
  /** For each other value a mark, two characters that give its place, and the value. */
  readonly rest: string;
}

export interface ShapePool {
  /**
   * `text` is JSON, with one character for each byte. Strings lie in V8's heap, where these take a byte for each and are
   * moved together; 50,000 buffers would take hundreds of bytes more each, and leave holes when they go.
   */
  take(text: string): Shaped;
}

/** Strings and numbers after a colon; where it takes something else for that, nothing is lost but memory. */
const member = /:("[^"\\]*(?:\\.[^"\\]*)*"|[-\d][^,}\]]*)/g;
/** In no JSON: there it is written \u0001. */
const mark = "\u0001";
/** So many values can be told apart by two characters of seven bits. */
const mostValues = 1 << 14;
/** What is shorter or longer is not worth it. */
const shortest = 200;
const longest = 64 * 1024;

export function createShapePool(): ShapePool {
  const recent = createRecentTexts<Shape | "seen">(2 * 1024 * 1024);
  return {
    take(text) {
      if (text.length < shortest || text.length > longest) return { shape: undefined, rest: text };
      const values: string[] = [];
      const starts: number[] = [];
      let outline = "";
      let from = 0;
      member.lastIndex = 0;
      for (let match = member.exec(text); match !== null; match = member.exec(text)) {
        const start = match.index + 1;
        outline += text.slice(from, start) + mark;
        from = member.lastIndex;
        values.push(match[1]!);
        starts.push(start);
      }
      outline += text.slice(from);
      if (values.length === 0 || values.length > mostValues) return { shape: undefined, rest: text };
      const known = recent.get(outline);
      if (known === undefined) {
        recent.set(outline, "seen");
        return { shape: undefined, rest: text };
      }
      const shape = known === "seen" ? { example: text, values, starts } : known;
      if (known === "seen") recent.set(outline, shape);
      return { shape, rest: differences(values, shape) };
    },
  };
}

function differences(values: readonly string[], shape: Shape): string {
  let rest = "";
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== shape.values[i]) rest += mark + String.fromCharCode(i >> 7, i & 127) + values[i]!;
  }
  // Through a buffer it becomes one piece: until then it is a tree of pieces, which keep the whole that they are cut from.
  return Buffer.from(rest, "latin1").toString("latin1");
}

/** The text that was taken. */
export function giveBack({ shape, rest }: Shaped): string {
  if (shape === undefined) return rest;
  const { example, values, starts } = shape;
  let text = "";
  let from = 0;
  for (let at = 0; at < rest.length;) {
    const value = at + 3;
    const index = (rest.charCodeAt(at + 1) << 7) | rest.charCodeAt(at + 2);
    const next = rest.indexOf(mark, value);
    const end = next < 0 ? rest.length : next;
    const start = starts[index]!;
    text += example.slice(from, start) + rest.slice(value, end);
    from = start + values[index]!.length;
    at = end;
  }
  return text + example.slice(from);
}
