/** A piece of a program that walks through a text: one character, an assertion about a place, or a way that forks. */
type Step =
  | { readonly kind: "character"; readonly matches: (character: string) => boolean }
  | { readonly kind: "place"; readonly holds: (place: Place) => boolean }
  | { readonly kind: "fork"; readonly to: number[] }
  | { readonly kind: "end" };

interface Place {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

type Tree =
  | { readonly kind: "step"; readonly step: Step }
  | { readonly kind: "sequence"; readonly parts: readonly Tree[] }
  | { readonly kind: "choice"; readonly parts: readonly Tree[] }
  | { readonly kind: "repeat"; readonly part: Tree; readonly least: number; readonly most: number };

export interface LinearPattern {
  /** How many of its repetitions may take many ways through one text: what makes backtracking slow. */
  readonly repetitions: number;
  /** Whether the text has a match, in time that grows with the product of both lengths. */
  readonly test: (text: string) => boolean;
}

const mostSteps = 20_000;
const fewWays = 8;
const deepest = 500;

class Unsupported extends Error {}
class TooLarge extends Error {}

/**
 * Reads a JavaScript expression that has neither look-around nor references to groups, as RE2 has none, and tests texts
 * without going back, as RE2 does (https://swtch.com/~rsc/regexp/regexp1.html). Undefined for others.
 */
export function linearPattern(source: string, flags: string): LinearPattern | "too large" | undefined {
  try {
    const { tree, repetitions } = parse(source, flags);
    const program = compile(tree);
    const characters = (text: string): readonly string[] => (flags.includes("u") ? [...text] : text.split(""));
    return { repetitions, test: (text) => run(program, characters(text)) };
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    if (error instanceof TooLarge) return "too large";
    throw error;
  }
}

function parse(source: string, flags: string): { readonly tree: Tree; readonly repetitions: number } {
  let at = 0;
  let repetitions = 0;
  const own = flags.replaceAll(/[^isu]/g, "");

  function choice(depth: number): Tree {
    if (depth > deepest) throw new TooLarge();
    const parts = [sequence(depth)];
    while (source[at] === "|") {
      at++;
      parts.push(sequence(depth));
    }
    return parts.length === 1 ? parts[0]! : { kind: "choice", parts };
  }

  function sequence(depth: number): Tree {
    const parts: Tree[] = [];
    while (at < source.length && source[at] !== "|" && source[at] !== ")") parts.push(repeated(atom(depth)));
    return { kind: "sequence", parts };
  }

  function repeated(part: Tree): Tree {
    const sign = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(source.slice(at, at + 32));
    if (sign === null) return part;
    at += sign[0].length;
    const [first] = sign[0];
    const least = first === "{" ? Number(sign[1]) : first === "+" ? 1 : 0;
    const open = first === "{" ? sign[2] === "," && sign[3] === "" : first !== "?";
    const most = open ? Number.POSITIVE_INFINITY : first === "?" ? 1 : sign[3] === "" ? least : Number(sign[3]);
    if (most - least > fewWays) repetitions++;
    return { kind: "repeat", part, least, most };
  }

  function atom(depth: number): Tree {
    const start = at;
    switch (source[at]) {
      case "(": {
        at++;
        if (source[at] === "?") {
          const head = /^\?(?::|<\w+>)/.exec(source.slice(at, at + 200));
          if (head === null) throw new Unsupported();
          at += head[0].length;
        }
        const inner = choice(depth + 1);
        if (source[at++] !== ")") throw new Unsupported();
        return inner;
      }
      case "^":
        at++;
        return place(({ before }) => before === undefined || (flags.includes("m") && before === "\n"));
      case "$":
        at++;
        return place(({ after }) => after === undefined || (flags.includes("m") && after === "\n"));
      case "[":
        for (at++; source[at] !== "]"; at++) {
          if (at >= source.length) throw new Unsupported();
          if (source[at] === "\\") at++;
        }
        at++;
        break;
      case "\\": {
        const escape = /^\\(?:u\{[^}]*\}|u.{4}|x..|[pP]\{[^}]*\}|c.|[^k1-9])/s.exec(source.slice(at, at + 64));
        if (escape === null) throw new Unsupported();
        at += escape[0].length;
        if (escape[0] === "\\b") return place((one) => isWord(one.before) !== isWord(one.after));
        if (escape[0] === "\\B") return place((one) => isWord(one.before) === isWord(one.after));
        break;
      }
      default:
        at += flags.includes("u") && source.codePointAt(at)! > 0xffff ? 2 : 1;
    }
    return { kind: "step", step: { kind: "character", matches: matcher(source.slice(start, at), own) } };
  }

  const tree = choice(0);
  if (at < source.length) throw new Unsupported();
  return { tree, repetitions };
}

const place = (holds: (one: Place) => boolean): Tree => ({ kind: "step", step: { kind: "place", holds } });

const isWord = (character: string | undefined): boolean => character !== undefined && /^\w$/.test(character);

/** Asks the built-in engine, once for each character. */
function matcher(atom: string, flags: string): (character: string) => boolean {
  const one = new RegExp(`^(?:${atom})$`, flags);
  const known = new Map<string, boolean>();
  return (character) => {
    let answer = known.get(character);
    if (answer === undefined) {
      answer = one.test(character);
      if (known.size < 1_000) known.set(character, answer);
    }
    return answer;
  };
}

function compile(tree: Tree): readonly Step[] {
  const steps: Step[] = [];
  const push = (step: Step): void => {
    if (steps.length >= mostSteps) throw new TooLarge();
    steps.push(step);
  };
  function emit(one: Tree): void {
    switch (one.kind) {
      case "step":
        push(one.step);
        break;
      case "sequence":
        for (const part of one.parts) emit(part);
        break;
      case "choice": {
        const ends: number[] = [];
        const starts: number[] = [];
        push({ kind: "fork", to: starts });
        for (const part of one.parts) {
          starts.push(steps.length);
          emit(part);
          push({ kind: "fork", to: ends });
        }
        ends.push(steps.length);
        break;
      }
      case "repeat": {
        for (let count = 0; count < one.least; count++) emit(one.part);
        if (one.most === Number.POSITIVE_INFINITY) {
          const start = steps.length;
          const ways = [start + 1];
          push({ kind: "fork", to: ways });
          emit(one.part);
          push({ kind: "fork", to: [start] });
          ways.push(steps.length);
          break;
        }
        const exit: number[] = [];
        for (let count = one.least; count < one.most; count++) {
          const start = steps.length;
          push({ kind: "fork", to: [start + 1, start + 2] });
          push({ kind: "fork", to: exit });
          emit(one.part);
        }
        exit.push(steps.length);
        break;
      }
    }
  }
  emit(tree);
  push({ kind: "end" });
  return steps;
}

/** All ways at once: where they are is a set of steps, so that no place of the text is seen twice from one of them. */
function run(program: readonly Step[], text: readonly string[]): boolean {
  const seen = new Int32Array(program.length).fill(-1);
  let current: number[] = [];
  for (let at = 0; at <= text.length; at++) {
    const here = { before: text[at - 1], after: text[at] };
    const waiting: number[] = [];
    // A match may begin anywhere.
    const open = [...current, 0];
    while (open.length > 0) {
      const index = open.pop()!;
      if (seen[index] === at) continue;
      seen[index] = at;
      const step = program[index]!;
      if (step.kind === "end") return true;
      if (step.kind === "fork") open.push(...step.to);
      else if (step.kind === "character") waiting.push(index);
      else if (step.holds(here)) open.push(index + 1);
    }
    const { after } = here;
    if (after === undefined) return false;
    current = [];
    for (const index of waiting) {
      const step = program[index]!;
      if (step.kind === "character" && step.matches(after)) current.push(index + 1);
    }
  }
  return false;
}
