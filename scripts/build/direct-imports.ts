import { readFileSync } from "node:fs";
import path from "node:path";
import type { Plugin } from "esbuild";
import { manifest, publicPackages, root } from "./workspace.ts";

/** Where a name is declared, and as what. */
interface Origin {
  readonly file: string;
  readonly name: string;
}

/**
 * Imports of our packages as imports of the modules that declare what is imported. Code splitting knows modules, not
 * names: whoever imports one function of an index file would wait for all that stands behind the others.
 */
export const directImports: Plugin = {
  name: "direct-imports",
  setup(build) {
    const origins = new Map<string, ReadonlyMap<string, Origin>>();
    build.onLoad({ filter: /packages\/[^/]+\/src\/.*\.ts$/ }, ({ path: file }) => {
      const text = readFileSync(file, "utf8");
      const contents = text.replace(
        /^(import|export) \{([^}]*)\} from "(@fairlead\/[^"]+)";/gm,
        (whole, word: string, list: string, specifier: string) => {
          const entry = indexFile(specifier);
          if (entry === undefined) return whole;
          const declared = originsOf(entry, origins);
          return values(list)
            .map(({ name, as }) => {
              const origin = declared.get(name);
              const [from, what] = origin === undefined ? [specifier, name] : [origin.file, origin.name];
              return `${word} { ${what} as ${as} } from ${JSON.stringify(from)};`;
            })
            .join(" ");
        },
      );
      return { contents, loader: "ts" };
    });
  },
};

/** The source file of an export of one of our packages. */
function indexFile(specifier: string): string | undefined {
  for (const folder of publicPackages()) {
    const { name, exports = {} } = manifest(folder)!;
    for (const [subpath, entry] of Object.entries(exports)) {
      const source = (entry as { readonly "@fairlead/source"?: string })["@fairlead/source"];
      if (source !== undefined && specifier === path.posix.join(name, subpath))
        return path.join(root, "packages", folder, source);
    }
  }
  return undefined;
}

/** The values that a module exports, as far as they are told by statements of their own: others stay where they are. */
function originsOf(file: string, known: Map<string, ReadonlyMap<string, Origin>>): ReadonlyMap<string, Origin> {
  const before = known.get(file);
  if (before !== undefined) return before;
  const found = new Map<string, Origin>();
  known.set(file, found);
  const text = readFileSync(file, "utf8");
  const target = (specifier: string): string | undefined =>
    specifier.startsWith(".") ? path.resolve(path.dirname(file), specifier) : indexFile(specifier);
  for (const [, list, specifier] of text.matchAll(/^export \{([^}]*)\} from "([^"]+)";/gm)) {
    const from = target(specifier!);
    if (from === undefined) continue;
    for (const { name, as } of values(list!)) found.set(as, originsOf(from, known).get(name) ?? { file: from, name });
  }
  for (const [, specifier] of text.matchAll(/^export \* from "([^"]+)";/gm)) {
    const from = target(specifier!);
    if (from === undefined) continue;
    for (const [name, origin] of originsOf(from, known)) if (!found.has(name)) found.set(name, origin);
  }
  for (const [, name] of text.matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm)) {
    found.set(name!, { file, name: name! });
  }
  return found;
}

/** `a, type B, c as d` without the types. */
function values(list: string): { readonly name: string; readonly as: string }[] {
  return list
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "" && !item.startsWith("type "))
    .map((item) => {
      const [name, as = name] = item.split(" as ") as [string, string?];
      return { name, as };
    });
}
