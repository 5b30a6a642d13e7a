import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { countsIn } from "./counts.ts";

const folder = mkdtempSync(path.join(tmpdir(), "fairlead-suites-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A run over suites with these texts; `undefined` stands for a missing npm script. */
function play(...texts: readonly (string | undefined)[]): { stdout: string; status: number | null } {
  const at = mkdtempSync(path.join(folder, "case-"));
  texts.forEach((text, index) => text !== undefined && writeFileSync(path.join(at, `${index}.ts`), text));
  const suites = texts.map((_, index) => ({ name: `suite ${index}`, script: `s${index}`, limitMinutes: 1 }));
  const scripts = Object.fromEntries(
    texts.flatMap((text, index) =>
      text === undefined ? [] : [[`s${index}`, `node scripts/with-node.mjs ${index}.ts`]],
    ),
  );
  writeFileSync(path.join(at, "package.json"), JSON.stringify({ scripts }));
  const module = path.join(import.meta.dirname, "run-suites.ts");
  writeFileSync(
    path.join(at, "main.ts"),
    `import { runSuites } from ${JSON.stringify(module)};
     const { failed } = await runSuites(${JSON.stringify(at)}, ${JSON.stringify(suites)});
     process.exitCode = failed === 0 ? 0 : 1;`,
  );
  const { stdout, status } = spawnSync(process.execPath, [path.join(at, "main.ts")], { encoding: "utf8" });
  return { stdout, status };
}

/** The last line and the exit code of such a run. */
function run(...texts: readonly (string | undefined)[]): { last: string; status: number | null } {
  const { stdout, status } = play(...texts);
  return { last: stdout.trimEnd().split("\n").at(-1)!, status };
}

test("sums the counts of all suites", () => {
  const says = (line: string): string => `console.log("noise\\n${line}");`;
  assert.deepEqual(run(says("2 passed, 0 failed"), says("3 passed, 0 failed, 1 skipped")), {
    last: "5 passed, 0 failed, 1 skipped",
    status: 0,
  });
});

test("says at the end what failed, and not what passed", () => {
  const failing = `console.log("✔ good\\n✖ bad\\n  at bad.ts:1\\n✔ other\\n  ℹ note\\n1 passed, 1 failed");`;
  const { stdout } = play(failing, 'console.log("✔ fine\\n1 passed, 0 failed");');
  const summary = "\n── what failed in suite 0\n✖ bad\n  at bad.ts:1\n\n2 passed, 1 failed\n";
  assert.equal(stdout.slice(-summary.length), summary);
});

test("fails when a suite fails, and still runs the next", () => {
  const failing = 'console.log("1 passed, 1 failed"); process.exitCode = 1;';
  assert.deepEqual(run(failing, 'console.log("1 passed, 0 failed");'), { last: "2 passed, 1 failed", status: 1 });
});

test("counts a suite that dies without counts as failed", () => {
  assert.deepEqual(run("process.exit(1);"), { last: "0 passed, 1 failed", status: 1 });
});

test("counts a suite that passes without running anything as failed", () => {
  assert.deepEqual(run('console.log("0 passed, 0 failed");'), { last: "0 passed, 1 failed", status: 1 });
});

test("lets the exit code of a suite that counts nothing decide", () => {
  const at = mkdtempSync(path.join(folder, "exit-"));
  writeFileSync(
    path.join(at, "package.json"),
    JSON.stringify({
      scripts: { good: "node scripts/with-node.mjs good.ts", bad: "node scripts/with-node.mjs bad.ts" },
    }),
  );
  writeFileSync(path.join(at, "good.ts"), 'console.log("12 ms");');
  writeFileSync(path.join(at, "bad.ts"), "process.exit(1);");
  writeFileSync(
    path.join(at, "main.ts"),
    `import { runSuites } from ${JSON.stringify(path.join(import.meta.dirname, "run-suites.ts"))};
     await runSuites(${JSON.stringify(at)}, ["good", "bad"].map((name) => ({ name, script: name, limitMinutes: 1, byExitCode: true })));`,
  );
  const { stdout } = spawnSync(process.execPath, [path.join(at, "main.ts")], { encoding: "utf8" });
  assert.equal(stdout.trimEnd().split("\n").at(-1), "1 passed, 1 failed");
});

test("leaves out a suite whose script is not there, and fails when nothing ran", () => {
  assert.deepEqual(run(undefined, 'console.log("1 passed, 0 failed");'), { last: "1 passed, 0 failed", status: 0 });
  assert.deepEqual(run(undefined), { last: "0 passed, 1 failed", status: 1 });
});

test("reads the last line of counts and ignores sentences that contain one", () => {
  assert.deepEqual(countsIn("1 passed, 0 failed\ntests of a: 9 passed, 9 failed (1 s)\n\n2 passed, 3 failed\n"), {
    passed: 2,
    failed: 3,
    skipped: 0,
  });
  assert.equal(countsIn("all good"), undefined);
});
