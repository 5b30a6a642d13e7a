import { globSync } from "node:fs";

/** Tests that spawn processes, open sockets or change process-wide state get a process of their own. */
const ownProcess = /\.proc\.test\.ts$/;

const patterns = [
  "packages/*/{src,test}/**/*.test.ts",
  "test/**/*.test.ts",
  "scripts/**/*.test.ts",
  "bench/**/*.test.ts",
  "examples/**/*.test.ts",
];

/** Suites that need the real control plane; `npm run test:real` runs them. */
const realPlane = /^test\/real\//;

export interface TestFiles {
  /** Each entry shares one process: the tests of one package, which neither spawn nor listen. */
  readonly shared: ReadonlyMap<string, readonly string[]>;
  /** Each of these runs in its own process. */
  readonly own: readonly string[];
}

/** The test files under `root` that match one of `filters` (a file or a folder from the root; none means all). */
export function findTestFiles(root: string, filters: readonly string[]): TestFiles {
  const files = globSync(patterns, { cwd: root, exclude: ["**/node_modules/**"] })
    .filter((file) => !realPlane.test(file) && matches(file, filters))
    .sort();
  const shared = new Map<string, string[]>();
  const own: string[] = [];
  for (const file of files) {
    if (ownProcess.test(file)) own.push(file);
    else shared.set(groupOf(file), [...(shared.get(groupOf(file)) ?? []), file]);
  }
  return { shared, own };
}

/** Whether a path from the root is one of the filters or lies below one. */
export function matches(file: string, filters: readonly string[]): boolean {
  return filters.length === 0 || filters.some((filter) => file === filter || file.startsWith(`${filter}/`));
}

function groupOf(file: string): string {
  const parts = file.split("/");
  return parts[0] === "packages" ? `${parts[0]}/${parts[1]}` : parts[0]!;
}
