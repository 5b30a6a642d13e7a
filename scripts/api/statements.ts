/** One top-level statement of a declaration file, without comments. */
export interface Statement {
  readonly text: string;
  /** The names it declares here; empty for imports and re-exports. */
  readonly names: readonly string[];
  readonly exported: boolean;
}

/**
 * Splits the text of a .d.ts file as tsc writes it into its top-level statements. Not a parser of TypeScript: it knows
 * comments, strings and brackets, which is enough for declarations.
 */
export function splitStatements(source: string): Statement[] {
  const statements: Statement[] = [];
  let text = "";
  let depth = 0;
  const finish = (): void => {
    if (text.trim() !== "" && text.trim() !== ";") statements.push(describe(text));
    text = "";
  };
  for (const token of source.matchAll(
    /\/\*[^]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|=>|[^]/g,
  )) {
    const part = token[0];
    if (part.startsWith("/*") || part.startsWith("//")) continue;
    text += part;
    if ("{([<".includes(part)) depth++;
    else if ("})]>".includes(part)) depth--;
    if (depth !== 0) continue;
    if (part === ";") finish();
    // Interfaces, classes and namespaces end with their brace; types and re-exports go on to a semicolon.
    else if (
      part === "}" &&
      /^\s*(export\s+)?(declare\s+)?(abstract\s+)?(interface|class|namespace|module|global)\b/.test(text)
    )
      finish();
  }
  finish();
  return statements;
}

const declaration =
  /^(export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:interface|class|type|function|const|let|var|enum|namespace)\s+([\w$]+)/;

function describe(source: string): Statement {
  const text = source
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .join("\n")
    .trim();
  const match = declaration.exec(text);
  return { text, names: match === null ? [] : [match[2]!], exported: match?.[1] !== undefined };
}
