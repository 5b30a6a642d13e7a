import { compileFunction } from "node:vm";

/** A module that esbuild split off. */
export interface Chunk {
  /** As other chunks import it: `./render-ABC.mjs`. */
  readonly name: string;
  /** An ES module as esbuild prints it: imports first, one export list last. */
  readonly text: string;
}

/**
 * One file of the modules that code splitting gives: the entry as it is, and each other chunk as a comment inside a
 * function of its own. V8 steps over a comment more than ten times faster than over code that it will not run; the
 * source text of the function gives the comment back, which is compiled when a part is asked for. Nothing is read
 * from the disk, so the file may be moved or replaced while it runs, and stack traces name its lines.
 */
export function joinParts(entry: Chunk, chunks: readonly Chunk[]): string {
  const names = new Set(chunks.map(({ name }) => name));
  const lines = [...head];
  for (const chunk of chunks) {
    const text = asPart(chunk, names);
    // The line of the comment's beginning, counted from 0.
    lines.push(`  ${JSON.stringify(chunk.name)}: [${lines.length}, () => {/*`, ...hidden(text).split("\n"), "*/}],");
  }
  lines.push("};", ...loader, ...linked(entry, names).split("\n"));
  return lines.join("\n");
}

const head = [
  "#!/usr/bin/env node",
  "// The parts below are compiled when a command needs them; * and / that would end a comment are kept apart by a \\.",
  "const $parts = {",
];

const loader = [
  "const $loaded = new Map();",
  "function $part(name) {",
  "  if ($loaded.has(name)) return $loaded.get(name);",
  "  const [lineOffset, text] = $parts[name];",
  '  const source = text.toString().slice("() => {/*".length, -"*/}".length).replace(/\\*\\\\(\\\\*\\/)/g, "*$1");',
  '  const { compileFunction } = process.getBuiltinModule("node:vm");',
  '  const run = compileFunction(source, ["$part"], { filename: import.meta.filename, lineOffset });',
  "  const exports = run($part);",
  "  $loaded.set(name, exports);",
  "  return exports;",
  "}",
];

/** The body of a function that takes `$part` and returns the chunk's exports. */
function asPart(chunk: Chunk, names: ReadonlySet<string>): string {
  const text = `"use strict";\n${withReturn(chunk.name, linked(chunk, names))}`;
  // An import that was not understood is a syntax error, here and not on the user's machine.
  compileFunction(text, ["$part"], { filename: chunk.name });
  return text;
}

/** Imports of chunks as calls. `const` instead of live bindings: what is exported does not change (see withReturn). */
function linked({ text }: Chunk, names: ReadonlySet<string>): string {
  return text
    .replace(/^import \{([^}]*)\} from "([^"]+)";$/gm, (whole, list: string, name: string) =>
      names.has(name) ? `const {${list.replaceAll(" as ", ": ")}} = $part(${JSON.stringify(name)});` : whole,
    )
    .replace(/^import "([^"]+)";$/gm, (whole, name: string) =>
      names.has(name) ? `$part(${JSON.stringify(name)});` : whole,
    )
    .replace(/\bimport\("([^"]+)"\)/g, (whole, name: string) =>
      names.has(name) ? `Promise.resolve().then(() => $part(${JSON.stringify(name)}))` : whole,
    );
}

/**
 * The export list as an object.
 * @throws for a name that is assigned after its declaration: importers would keep the first value.
 */
function withReturn(chunk: string, text: string): string {
  const fields: string[] = [];
  const body = text
    .replace(/^export \{([^}]*)\};\s*$(?![^])/m, (_, list: string) => {
      for (const name of list.split(",").map((item) => item.trim())) {
        if (name === "") continue;
        const [local, exported = local] = name.split(" as ") as [string, string?];
        if (changes(local, text))
          throw new Error(`${chunk}: ${local} is exported and seems to be assigned later: export a function instead`);
        fields.push(`${exported}: ${local}`);
      }
      return "";
    })
    // What a CommonJS module gives to a dynamic import: itself, and as in Node its fields.
    .replace(/^export default (\w+\(\));$/m, (_, value: string) => {
      fields.push("...$default", "default: $default");
      return `const $default = ${value};`;
    });
  return `${body}\nreturn { ${fields.join(", ")} };`;
}

/** Whether a variable is assigned elsewhere than in its declaration, as far as the text tells; a doubt counts. */
function changes(name: string, text: string): boolean {
  const id = `(?<![\\w$.])${name.replaceAll("$", "\\$")}(?![\\w$])`;
  const assigned = new RegExp(
    `(?<!(?:var|let|const) )${id}\\s*(?:=(?![=>])|[-+*/%&|^?<>]{1,3}=(?!=)|\\+\\+|--)|(?:\\+\\+|--)${id}|\\bvar ${id}[;,]`,
  );
  return assigned.test(text);
}

/** Text that can stand in a comment: one more backslash in what would end it. */
function hidden(text: string): string {
  return escapedLetters(text.replace(/\*(\\*\/)/g, "*\\$1"));
}

/**
 * Letters beyond ASCII, which esbuild leaves in comments and regular expressions, would make V8 hold the whole file with
 * two bytes for each letter.
 */
export function escapedLetters(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
