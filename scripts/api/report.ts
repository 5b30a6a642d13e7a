import path from "node:path";
import { exportsOf, loadModule, resolve, type Origin } from "./module.ts";

/** One entry of a package's export map: what consumers import and the declaration file behind it. */
export interface ApiEntry {
  readonly specifier: string;
  readonly file: string;
}

/**
 * The public API of a package as Markdown: per entry each exported name with its declaration, then the declarations that
 * those mention without being exported. Sorted by name and without comments, so that only a changed contract changes it.
 */
export function apiReport(packageName: string, entries: readonly ApiEntry[]): string {
  const parts = [
    `# Public API of ${packageName}`,
    "Written by `npm run api`. A change in this file is a change of what `docs/reference/stability.md` promises.",
  ];
  for (const entry of entries) {
    const names = exportsOf(entry.file);
    const foreign = loadModule(entry.file).foreign;
    const exported = [...names].sort(byName);
    parts.push(`## ${entry.specifier}`);
    if (exported.length + foreign.length === 0) parts.push("Exports nothing yet.");
    else if (exported.length > 0 && exported.every(([, origin]) => isGenerated(origin))) {
      parts.push(`Generated: ${exported.map(([name]) => `\`${name}\``).join(", ")}.`);
    } else {
      parts.push(block([...[...foreign].sort(), ...exported.flatMap(([name, origin]) => declarationOf(name, origin))]));
    }
    const hidden = mentioned([...names.values()]);
    if (hidden.length > 0) {
      parts.push("Mentioned by these, not exported:");
      parts.push(block(hidden.flatMap((origin) => declarationOf(origin.name, origin))));
    }
  }
  return `${parts.join("\n\n")}\n`;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function block(texts: readonly string[]): string {
  return `\`\`\`ts\n${texts.join("\n\n")}\n\`\`\``;
}

function isGenerated(origin: Origin): boolean {
  return origin.file.includes(`${path.sep}generated${path.sep}`);
}

function declarationOf(name: string, origin: Origin): string[] {
  const texts = loadModule(origin.file).declarations.get(origin.name) ?? [`// ${origin.name} is declared elsewhere`];
  const plain = texts.map((text) => text.replace(/^(export\s+)?(declare\s+)?/, ""));
  if (isGenerated(origin)) return [`// ${name}: generated`];
  return name === origin.name ? plain : plain.map((text) => `// exported as ${name}\n${text}`);
}

/** The declarations within the package that the given ones need, directly or through others, sorted by name. */
function mentioned(exported: readonly Origin[]): Origin[] {
  const key = (origin: Origin): string => `${origin.name}\n${origin.file}`;
  const seen = new Map(exported.map((origin) => [key(origin), origin]));
  const queue = [...exported];
  const hidden: Origin[] = [];
  for (let origin = queue.pop(); origin !== undefined; origin = queue.pop()) {
    if (isGenerated(origin)) continue;
    const module = loadModule(origin.file);
    for (const text of module.declarations.get(origin.name) ?? []) {
      for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) {
        if (!module.declarations.has(word) && !module.imports.has(word)) continue;
        const target = resolve({ file: origin.file, name: word });
        if (seen.has(key(target)) || !loadModule(target.file).declarations.has(target.name)) continue;
        seen.set(key(target), target);
        queue.push(target);
        hidden.push(target);
      }
    }
  }
  return hidden.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
