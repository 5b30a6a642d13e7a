import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fencesOf, withBodies } from "./support/fences.ts";
import { updating } from "./support/page.ts";
import { markdownFiles, read, root } from "./support/repository.ts";

for (const file of markdownFiles().filter((name) => name.startsWith("packages/"))) {
  const shown = fencesOf(read(file)).filter(({ info }) => info.has("from"));
  if (shown.length === 0) continue;
  test(`${file} shows programs as they are`, () => {
    const bodies = new Map(shown.map((fence) => [fence, read(fence.info.get("from")!)]));
    const stale = shown.filter((fence) => bodies.get(fence) !== fence.body).map(({ info }) => info.get("from"));
    if (updating && stale.length > 0) writeFileSync(path.join(root, file), withBodies(read(file), bodies));
    else assert.deepEqual(stale, []);
  });
}

test("the README of @fairlead/kube shows programs that the real lane runs", () => {
  const shown = fencesOf(read("packages/kube/README.md")).flatMap(({ info }) => info.get("from") ?? []);
  assert.ok(shown.length >= 4);
  const run = read("test/real/kube-examples.cluster.test.ts");
  assert.deepEqual(
    shown.filter((file) => !run.includes(`"${path.basename(file)}"`)),
    [],
  );
});
