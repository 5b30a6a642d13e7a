import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { containerLog, type ContainerLog } from "./container-log.ts";

function log(t: TestContext, limit?: number): { readonly log: ContainerLog; readonly folder: string } {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-log-"));
  const made = containerLog(path.join(folder, "app.log"), limit);
  t.after(() => {
    made.end(0);
    rmSync(folder, { recursive: true, force: true });
  });
  return { log: made, folder };
}

const texts = (one: ContainerLog): string[] =>
  one.entries().map(({ stream, text, isPartial }) => `${stream}${isPartial ? "*" : ""} ${text.toString()}`);

test("puts lines together from pieces, each stream for itself", (t) => {
  const { log: one } = log(t);
  one.write("stdout", Buffer.from("a\nb"), 1000);
  one.write("stderr", Buffer.from("oh"), 1001);
  one.write("stdout", Buffer.from("c\n\nd"), 2000);
  assert.deepEqual(texts(one), ["stdout a", "stdout bc", "stdout "]);
  one.end(3000);
  assert.deepEqual(texts(one).slice(3), ["stdout* d", "stderr* oh"]);
  assert.deepEqual(
    one
      .entries()
      .map(({ time }) => time)
      .slice(0, 2),
    ["1970-01-01T00:00:01.000000000Z", "1970-01-01T00:00:02.000000000Z"],
  );
});

test("cuts lines of more than 16 KiB", (t) => {
  const { log: one } = log(t);
  one.write("stdout", Buffer.from(`${"x".repeat(40_000)}\nend\n`), 0);
  const lengths = one.entries().map(({ text, isPartial }) => [text.length, isPartial]);
  assert.deepEqual(lengths, [
    [16_384, true],
    [16_384, true],
    [7232, false],
    [3, false],
  ]);
});

test("keeps bytes that are no text", (t) => {
  const { log: one } = log(t);
  const bytes = Buffer.from([0xff, 0x00, 0x20, 0xfe]);
  one.write("stdout", Buffer.concat([bytes, Buffer.from("\n")]), 0);
  assert.deepEqual(one.entries()[0]!.text, bytes);
});

test("takes no more than twice its limit, and keeps the last", (t) => {
  const { log: one, folder } = log(t, 1000);
  for (let index = 0; index < 500; index++) one.write("stdout", Buffer.from(`line ${index}\n`), 0);
  const sizes = readdirSync(folder).map((name) => statSync(path.join(folder, name)).size);
  assert.ok(sizes.length === 2 && sizes.every((size) => size <= 1000), String(sizes));
  assert.equal(texts(one).at(-1), "stdout line 499");
  assert.ok(texts(one).length > 20);
});

test("tells followers each entry, and the end once", (t) => {
  const { log: one } = log(t);
  const heard: string[] = [];
  const stop = one.follow(
    ({ text }) => heard.push(text.toString()),
    () => heard.push("(end)"),
  );
  one.follow(
    ({ text }) => heard.push(`2 ${text.toString()}`),
    () => heard.push("(2 end)"),
  );
  one.write("stdout", Buffer.from("a\n"), 0);
  stop();
  one.write("stdout", Buffer.from("b\n"), 0);
  one.end(0);
  one.end(0);
  one.follow(
    () => heard.push("never"),
    () => heard.push("(at once)"),
  );
  assert.deepEqual(heard, ["a", "2 a", "2 b", "(2 end)", "(at once)"]);
});
