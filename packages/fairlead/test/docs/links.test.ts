import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { markdownFiles, read, root } from "./support/repository.ts";

interface Link {
  readonly from: string;
  /** From the repository's root. */
  readonly file: string;
  readonly anchor: string | undefined;
}

/** The links of a page to files of the repository; code is no link. */
function linksOf(from: string): Link[] {
  const text = read(from)
    .replace(/^```[^]*?^```/gm, "")
    .replace(/`[^`\n]*`/g, "");
  const links: Link[] = [];
  for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [name = "", anchor] = target.split("#");
    const file = name === "" ? from : path.normalize(path.join(path.dirname(from), name));
    links.push({ from, file: file.replace(/\/$/, ""), anchor });
  }
  return links;
}

/** The anchors that code hosts give headings. */
function anchorsOf(file: string): Set<string> {
  const headings = read(file)
    .replace(/^```[^]*?^```/gm, "")
    .matchAll(/^#+ +(.*)$/gm);
  return new Set([...headings].map(([, heading = ""]) => slug(heading)));
}

function slug(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

test("every link leads to a file, and every anchor to a heading", () => {
  const dead = markdownFiles()
    .flatMap(linksOf)
    .filter(({ file, anchor }) => {
      const full = path.join(root, file);
      if (!existsSync(full)) return true;
      return anchor !== undefined && (!statSync(full).isFile() || !anchorsOf(file).has(anchor));
    })
    .map(({ from, file, anchor }) => `${from} → ${file}${anchor === undefined ? "" : `#${anchor}`}`);
  assert.deepEqual(dead, []);
});

test("every page can be reached from the index", () => {
  const seen = new Set(["docs/README.md"]);
  for (const page of seen) {
    for (const { file } of linksOf(page)) if (file.endsWith(".md") && existsSync(path.join(root, file))) seen.add(file);
  }
  const lost = markdownFiles().filter((file) => file.startsWith("docs/") && !seen.has(file));
  assert.deepEqual(lost, []);
});

test("the README stays short", () => {
  assert.ok(read("README.md").split("\n").length <= 150);
});
