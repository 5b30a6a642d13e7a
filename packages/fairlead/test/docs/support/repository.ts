import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../../../../..");

/** The pages that people read, from the repository's root; the generated reference has tests of its own. */
export function pages(): string[] {
  return [
    "README.md",
    ...globSync("docs/**/*.md", { cwd: root })
      .filter((file) => !/^docs\/reference\/(kinds|findings)\//.test(file))
      .sort(),
  ];
}

/** Every Markdown file that somebody wrote or generated. */
export function markdownFiles(): string[] {
  const patterns = ["*.md", "docs/**/*.md", "packages/*/*.md", "examples/**/*.md", "deploy/**/*.md"];
  return globSync(patterns, { cwd: root, exclude: ["**/node_modules/**"] }).sort();
}

export function read(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

/**
 * The folders of examples/ with something to render: ours, or krm-functions'; what kustomize builds has a page with a
 * test, and the fleets of examples/mesh are planned, not rendered.
 */
export function exampleFolders(): string[] {
  const files = globSync("examples/**/*.yaml", { cwd: root, exclude: ["**/node_modules/**", "examples/mesh/**"] });
  const declaring = files.filter((file) => /^apiVersion: fairlead\.dev\/|^kind: Lummo/m.test(read(file)));
  const folders = new Set(declaring.map((file) => path.dirname(file)));
  return [...folders].filter((folder) => !existsSync(path.join(root, folder, "kustomization.yaml"))).sort();
}
