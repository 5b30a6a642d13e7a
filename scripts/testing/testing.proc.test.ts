import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { findTestFiles, matches } from "./files.ts";
import { runStep, runSteps, type StepResult } from "./step.ts";
import { planSteps } from "./steps.ts";

const folder = mkdtempSync(path.join(tmpdir(), "fairlead-testing-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the texts as test files in one process, the way `npm test` does. */
async function runTests(...texts: readonly string[]): Promise<StepResult> {
  const at = mkdtempSync(path.join(folder, "run-"));
  mkdirSync(path.join(at, "test"));
  texts.forEach((text, index) => {
    writeFileSync(path.join(at, "test", `${index}.test.ts`), `import { describe, test } from "node:test";\n${text}\n`);
  });
  const [step] = planSteps({ root: at, filters: [], checks: false, tests: true, testOptions: [] });
  return await runStep(step!, at);
}

const passing = 'test("passes", () => undefined);';

test("counts tests and subtests that pass, not the suites around them", async () => {
  const result = await runTests(
    `describe("suite", () => { test("a", () => {}); test("b", async (t) => { await t.test("c", () => {}); }); });`,
    passing,
  );
  assert.deepEqual([result.passed, result.failed, result.skipped], [4, 0, 0]);
});

test("shows a failed test with its title, place and message, once", async () => {
  const result = await runTests(
    `describe("suite", () => { test("breaks", () => { throw new Error("boom"); }); });`,
    passing,
  );
  assert.deepEqual([result.passed, result.failed], [1, 1]);
  assert.match(result.output, /✖ suite › breaks\n {2}at .*0\.test\.ts:2:\d+\n {4}Error: boom/);
  assert.equal(result.output.split("boom").length, 2);
});

test("fails a file that throws while it is loaded, though its tests pass", async () => {
  const result = await runTests(`${passing}\nthrow new Error("at load");`, passing);
  assert.deepEqual([result.passed, result.failed], [2, 1]);
  assert.match(result.output, /at load/);
});

test("fails a file that imports what does not exist", async () => {
  const result = await runTests('import { nothing } from "node:path";\nvoid nothing;', passing);
  assert.deepEqual([result.passed, result.failed], [1, 1]);
});

test("waits for files that take long to load", async () => {
  const slow = `await new Promise((done) => setTimeout(done, 300));\n${passing}`;
  const result = await runTests(passing, slow, passing);
  assert.deepEqual([result.passed, result.failed], [3, 0]);
});

test("fails a rejection that comes after its test has ended", async () => {
  const late = 'test("late", () => { setTimeout(() => { void Promise.reject(new Error("too late")); }, 5); });';
  const slow = 'test("slow", async () => { await new Promise((done) => setTimeout(done, 60)); });';
  const result = await runTests(late, slow);
  assert.equal(result.failed, 1);
  assert.match(result.output, /nobody handled it[^]*too late/);
});

test("names what stays open after the last test and ends the process", async () => {
  const result = await runTests(
    'import net from "node:net";\ntest("listens", () => { net.createServer().listen(0, "127.0.0.1"); });',
  );
  assert.deepEqual([result.passed, result.failed], [1, 1]);
  assert.match(result.output, /stays open: .*TCPServerWrap/);
});

test("fails a process that dies in the middle", async () => {
  const result = await runTests(`${passing}\ntest("dies", () => { process.kill(process.pid, "SIGKILL"); });`);
  assert.equal(result.failed, 1);
});

test("fails a test file without tests", async () => {
  const result = await runTests("export const nothing = 1;");
  assert.deepEqual([result.passed, result.failed], [0, 1]);
});

test("passes on what a test says through its diagnostics", async () => {
  const result = await runTests('test("speaks", (t) => { t.diagnostic("the corpus is absent"); });');
  assert.deepEqual(result.notes, ["speaks: the corpus is absent"]);
});

test("keeps what a test starts from writing over its counts", async () => {
  const script = `console.log(process.env["FAIRLEAD_TEST_REPORT"] ?? "free")`;
  const result = await runTests(
    `import { execFileSync } from "node:child_process";
     test("starts", (t) => { t.diagnostic(execFileSync(process.execPath, ["-e", ${JSON.stringify(script)}]).toString().trim()); });`,
  );
  assert.deepEqual(result.notes, ["starts: free"]);
});

test("runs checks and tests at most as many at a time as there are slots", async () => {
  const log = path.join(folder, "slots.log");
  const command = ["sh", "-c", `echo start >> ${log}; sleep 0.1; echo end >> ${log}`] as const;
  const results = await runSteps(
    ["a", "b", "c"].map((name) => ({ name, kind: "check", command })),
    1,
    folder,
    () => undefined,
  );
  assert.equal(results.length, 3);
  assert.equal(readFileSync(log, "utf8"), "start\nend\n".repeat(3));
});

test("fails a check whose program does not exist", async () => {
  const result = await runStep({ name: "absent", kind: "check", command: ["fairlead-no-such-program"] }, folder);
  assert.equal(result.failed, 1);
  assert.match(result.output, /could not be started/);
});

test("gives files named *.proc.test.ts a process of their own and leaves test/real out", () => {
  const at = mkdtempSync(path.join(folder, "files-"));
  for (const file of [
    "packages/krm/src/a.test.ts",
    "packages/krm/src/b.proc.test.ts",
    "test/real/c.test.ts",
    "test/d.test.ts",
    "test/e.ts",
  ]) {
    mkdirSync(path.dirname(path.join(at, file)), { recursive: true });
    writeFileSync(path.join(at, file), "");
  }
  const found = findTestFiles(at, []);
  assert.deepEqual(
    [...found.shared],
    [
      ["packages/krm", ["packages/krm/src/a.test.ts"]],
      ["test", ["test/d.test.ts"]],
    ],
  );
  assert.deepEqual(found.own, ["packages/krm/src/b.proc.test.ts"]);
  assert.deepEqual([...findTestFiles(at, ["packages/krm/src/a.test.ts"]).shared.keys()], ["packages/krm"]);
  assert.deepEqual(findTestFiles(at, ["packages/krm"]).own, ["packages/krm/src/b.proc.test.ts"]);
});

test("a filter is a file or a folder, not a prefix of a name", () => {
  assert.equal(matches("packages/krm/src/a.ts", ["packages/krm"]), true);
  assert.equal(matches("packages/krm-extra/src/a.ts", ["packages/krm"]), false);
  assert.equal(matches("packages/krm/src/a.ts", ["packages/krm/src/a.ts"]), true);
});

test("ends every process that it has started when it is told to end", async () => {
  const at = mkdtempSync(path.join(folder, "ended-"));
  const main = path.join(at, "main.ts");
  writeFileSync(
    main,
    `import { runSteps } from ${JSON.stringify(path.join(import.meta.dirname, "step.ts"))};
     const step = (name) => ({ name, kind: "check", command: ["/bin/sh", "-c", "echo $$ >> pids; exec sleep 300"] });
     await runSteps([step("a"), step("b")], 2, ${JSON.stringify(at)}, () => {});`,
  );
  const runner = spawn(process.execPath, [main], { stdio: "ignore" });
  const ended = new Promise((resolve) => runner.once("exit", resolve));
  const pids = await until(() => {
    const found = readText(path.join(at, "pids")).split("\n").filter(Boolean).map(Number);
    return found.length === 2 ? found : undefined;
  });
  runner.kill("SIGTERM");
  assert.equal(await ended, 130);
  await until(() => (pids.some(isRunning) ? undefined : true));
});

function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until<T>(found: () => T | undefined): Promise<T> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const value = found();
    if (value !== undefined) return value;
    assert.ok(performance.now() < deadline, "not in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
