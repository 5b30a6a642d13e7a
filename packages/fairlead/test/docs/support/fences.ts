/** A fenced block of a Markdown page. */
export interface Fence {
  /** The first word after the backticks: `yaml`, `console`, … */
  readonly language: string;
  /** The words after it: `file=app.yaml` is an entry with a value, `invalid` one with an empty text. */
  readonly info: ReadonlyMap<string, string>;
  /** What stands between the fences, with a line break at the end unless it is empty. */
  readonly body: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
  /** Where the body begins and ends in the page. */
  readonly start: number;
  readonly end: number;
}

const fence = /^```([^\n`]*)\n([^]*?)^```[ \t]*$/gm;

/** The fenced blocks of a page, in order. */
export function fencesOf(page: string): Fence[] {
  return [...page.matchAll(fence)].map((match) => {
    const [whole, head = "", body = ""] = match;
    const [language = "", ...words] = head.trim().split(/\s+/);
    const info = new Map(words.map((word) => pair(word)));
    const start = match.index + whole.indexOf("\n") + 1;
    const line = page.slice(0, match.index).split("\n").length;
    return { language, info, body, line, start, end: start + body.length };
  });
}

function pair(word: string): [string, string] {
  const equals = word.indexOf("=");
  return equals < 0 ? [word, ""] : [word.slice(0, equals), word.slice(equals + 1)];
}

/** The page with other bodies; the fences must be those of this page. */
export function withBodies(page: string, bodies: ReadonlyMap<Fence, string>): string {
  let text = page;
  for (const [{ start, end }, body] of [...bodies].sort(([a], [b]) => b.start - a.start)) {
    text = text.slice(0, start) + body + text.slice(end);
  }
  return text;
}
