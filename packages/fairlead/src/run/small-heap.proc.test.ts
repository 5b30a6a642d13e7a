import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

const script = (before: string): string => `
import { getHeapSpaceStatistics } from "node:v8";
${before}
const kept = [];
for (let at = 0; at < 400_000; at++) {
  const one = { at, text: [at, at + 1] };
  if (at % 4 === 0) kept.push(one);
}
const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
process.stdout.write(String(kept.length > 0 ? space_size / 2 ** 20 : -1));
`;

/** Size of the young generation after some work, in MiB. */
function youngAfter(before: string): number {
  const args = ["--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning", "--input-type=module"];
  return Number(execFileSync(process.execPath, [...args, "--eval", script(before)], { encoding: "utf8" }));
}

test("the young generation stays small, which otherwise grows with the work", () => {
  const module = new URL("small-heap.ts", import.meta.url).href;
  const small = youngAfter(`import { keepHeapSmall } from ${JSON.stringify(module)}; keepHeapSmall();`);
  const usual = youngAfter("");
  assert.ok(small <= 4, `${small} MiB`);
  assert.ok(usual >= 2 * small, `${usual} MiB beside ${small} MiB`);
});

/** Leaves holes in a heap, which nothing but a collection at rest closes, and ends when it has shrunk to half. */
const holes = (before: string): string => `
import { getHeapStatistics } from "node:v8";
${before}
let kept = Array.from({ length: 400_000 }, (_, at) => ({ at, text: [at, at + 1] }));
const full = getHeapStatistics().total_heap_size;
kept = kept.filter(({ at }) => at % 8 === 0);
const look = setInterval(() => {
  if (getHeapStatistics().total_heap_size > full / 2) return;
  clearInterval(look);
  process.stdout.write("given back " + (kept.length > 0));
}, 50);
`;

test("what work has left behind is given back at rest", () => {
  const module = new URL("small-heap.ts", import.meta.url).href;
  const program = holes(`import { keepHeapSmall } from ${JSON.stringify(module)}; keepHeapSmall();`);
  // V8's own wait, which is 8 s.
  const args = ["--gc-memory-reducer-start-delay-ms=200", "--conditions=@fairlead/source"];
  const shown = execFileSync(
    process.execPath,
    [...args, "--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program],
    { encoding: "utf8", timeout: 60_000 },
  );
  assert.equal(shown, "given back true");
});
