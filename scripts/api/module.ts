import { readFileSync } from "node:fs";
import path from "node:path";
import { splitStatements } from "./statements.ts";

/** A name in a declaration file. */
export interface Origin {
  readonly file: string;
  readonly name: string;
}

export interface DeclarationModule {
  readonly file: string;
  /** The declarations of a name, in order: overloads and merged interfaces have several. */
  readonly declarations: ReadonlyMap<string, readonly string[]>;
  readonly exported: ReadonlySet<string>;
  /** Local names that come from other files of the package. */
  readonly imports: ReadonlyMap<string, Origin>;
  /** Exported names that other files of the package declare. */
  readonly reexports: ReadonlyMap<string, Origin>;
  readonly stars: readonly string[];
  /** Re-exports from other packages, as written. */
  readonly foreign: readonly string[];
}

const cache = new Map<string, DeclarationModule>();

export function loadModule(file: string): DeclarationModule {
  const known = cache.get(file);
  if (known !== undefined) return known;
  const declarations = new Map<string, string[]>();
  const exported = new Set<string>();
  const imports = new Map<string, Origin>();
  const reexports = new Map<string, Origin>();
  const stars: string[] = [];
  const foreign: string[] = [];
  for (const statement of splitStatements(readFileSync(file, "utf8"))) {
    for (const name of statement.names) {
      declarations.set(name, [...(declarations.get(name) ?? []), statement.text]);
      if (statement.exported) exported.add(name);
    }
    const clause = /^(import|export)\s+(?:type\s+)?(\*|\{[^]*\}|[\w$]+)\s*(?:from\s*"([^"]+)")?/.exec(statement.text);
    if (clause === null || statement.names.length > 0) continue;
    const [, keyword, what, specifier] = clause;
    const target =
      specifier?.startsWith(".") === true
        ? path.resolve(path.dirname(file), specifier.replace(/\.js$/, ".d.ts"))
        : undefined;
    if (keyword === "export" && specifier !== undefined && target === undefined) foreign.push(statement.text);
    else if (what === "*" && target !== undefined && keyword === "export") stars.push(target);
    else {
      for (const [from, to] of bindings(what!)) {
        if (keyword === "import" && target !== undefined) imports.set(to, { file: target, name: from });
        else if (keyword === "export") reexports.set(to, { file: target ?? file, name: from });
      }
    }
  }
  const result = { file, declarations, exported, imports, reexports, stars, foreign };
  cache.set(file, result);
  return result;
}

/** `{ a, type b as c }` as pairs of the name there and the name here. */
function bindings(clause: string): [string, string][] {
  if (!clause.startsWith("{")) return [];
  return clause
    .slice(1, -1)
    .split(",")
    .map((part) => part.trim().replace(/^type\s+/, ""))
    .filter((part) => part !== "")
    .map((part) => {
      const [from, to] = part.split(/\s+as\s+/);
      return [from!, to ?? from!];
    });
}

/** Every name that `file` exports, with the file and name of its declaration. */
export function exportsOf(file: string): Map<string, Origin> {
  const module = loadModule(file);
  const names = new Map<string, Origin>();
  for (const star of module.stars) for (const [name, origin] of exportsOf(star)) names.set(name, origin);
  for (const name of module.exported) names.set(name, { file, name });
  for (const [name, origin] of module.reexports) names.set(name, resolve(origin));
  return names;
}

/** Follows re-exports and imports to the declaration. */
export function resolve(origin: Origin): Origin {
  const module = loadModule(origin.file);
  if (module.declarations.has(origin.name)) return origin;
  const next = module.reexports.get(origin.name) ?? module.imports.get(origin.name);
  if (next !== undefined && (next.file !== origin.file || next.name !== origin.name)) return resolve(next);
  for (const star of module.stars) {
    const found = exportsOf(star).get(origin.name);
    if (found !== undefined) return found;
  }
  return origin;
}
