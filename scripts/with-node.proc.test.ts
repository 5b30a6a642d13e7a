import assert from "node:assert/strict";
import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(path.join(tmpdir(), "fairlead-with-node-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Checkout {
  readonly root: string;
  run(...args: string[]): SpawnSyncReturns<string>;
  start(...args: string[]): ReturnType<typeof spawn>;
  /** The calls that the stand-in for npm has received, one line each. */
  installs(): string[];
  write(file: string, text: string): void;
}

/** A checkout with a stand-in for npm that notes its call and then does `npmBody`. */
function checkout(
  npmBody = 'mkdir -p node_modules/tool && echo "{}" > node_modules/tool/package.json && echo "{}" > node_modules/.package-lock.json',
): Checkout {
  const root = mkdtempSync(path.join(folder, "checkout-"));
  mkdirSync(path.join(root, "scripts"));
  mkdirSync(path.join(root, "bin"));
  copyFileSync(path.join(import.meta.dirname, "with-node.mjs"), path.join(root, "scripts", "with-node.mjs"));
  const write = (file: string, text: string): void => writeFileSync(path.join(root, file), text);
  write("package.json", JSON.stringify({ devDependencies: { tool: "1" } }));
  write("package-lock.json", "{}");
  write(
    "scripts/hello.ts",
    "const word: string = 'hello'; console.log(word, process.argv.slice(2).join(), process.cwd());",
  );
  write(
    "bin/npm",
    `#!/bin/sh\necho "$@ workspace=$npm_config_workspace omit=$npm_config_omit" >> "${root}/npm.log"\n${npmBody}\n`,
  );
  chmodSync(path.join(root, "bin", "npm"), 0o755);
  const env = {
    ...process.env,
    PATH: `${path.join(root, "bin")}:${process.env["PATH"] ?? ""}`,
    npm_config_workspace: "packages/krm",
    npm_config_omit: "dev",
  };
  const script = path.join(root, "scripts", "with-node.mjs");
  return {
    root,
    write,
    run: (...args) => spawnSync(process.execPath, [script, ...args], { cwd: root, env, encoding: "utf8" }),
    start: (...args) =>
      spawn(process.execPath, [script, ...args], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] }),
    installs: () =>
      existsSync(path.join(root, "npm.log")) ? readFileSync(path.join(root, "npm.log"), "utf8").trim().split("\n") : [],
  };
}

const later = (root: string, file: string): void =>
  utimesSync(path.join(root, file), new Date(), new Date(Date.now() + 60_000));

test("installs in a fresh clone, then runs the script with its arguments in the folder of the caller", () => {
  const clone = checkout();
  const first = clone.run("scripts/hello.ts", "a", "--b");
  assert.equal(first.stdout, `hello a,--b ${clone.root}\n`);
  assert.equal(first.status, 0);
  assert.equal(clone.installs().length, 1);
  assert.equal(clone.run("scripts/hello.ts").stdout, `hello  ${clone.root}\n`);
  assert.equal(clone.installs().length, 1, "the second run installs nothing");
});

test("installs everything, without install scripts, whatever the calling npm command was told", () => {
  const clone = checkout();
  clone.run("scripts/hello.ts");
  assert.deepEqual(clone.installs(), [
    "ci --include=dev --include=optional --ignore-scripts --loglevel=error workspace= omit=",
  ]);
});

test("installs again after an interrupted install", () => {
  const clone = checkout("mkdir -p node_modules/tool; kill -9 $$");
  const interrupted = clone.run("scripts/hello.ts");
  assert.equal(interrupted.status, 1);
  assert.equal(interrupted.stdout, "");
  assert.match(interrupted.stderr, /npm ci ended with SIGKILL/);
  clone.run("scripts/hello.ts");
  assert.equal(clone.installs().length, 2);
});

test("installs again when the lockfile has changed, not when it was only touched", () => {
  const clone = checkout();
  clone.run("scripts/hello.ts");
  later(clone.root, "package-lock.json");
  clone.run("scripts/hello.ts");
  assert.equal(clone.installs().length, 1);
  clone.write("package-lock.json", '{ "changed": true }');
  later(clone.root, "package-lock.json");
  clone.run("scripts/hello.ts");
  assert.equal(clone.installs().length, 2);
});

test("believes an install made by hand unless something was left out of it", () => {
  const clone = checkout();
  mkdirSync(path.join(clone.root, "node_modules"));
  clone.write("node_modules/.package-lock.json", "{}");
  later(clone.root, "node_modules/.package-lock.json");
  clone.run("scripts/hello.ts");
  assert.equal(clone.installs().length, 1, "tool is missing");
  const complete = checkout();
  mkdirSync(path.join(complete.root, "node_modules/tool"), { recursive: true });
  complete.write("node_modules/tool/package.json", "{}");
  complete.write("node_modules/.package-lock.json", "{}");
  later(complete.root, "node_modules/.package-lock.json");
  complete.run("scripts/hello.ts");
  assert.deepEqual(complete.installs(), []);
});

test("says so and runs nothing when the install fails", () => {
  const clone = checkout("exit 7");
  const failed = clone.run("scripts/hello.ts");
  assert.equal(failed.status, 1);
  assert.equal(failed.stdout, "");
  assert.equal(
    failed.stderr,
    "fairlead: installing dependencies (npm ci) …\nfairlead: npm ci ended with exit code 7; its message is above\n",
  );
});

test("installs once when two runs start together", async () => {
  const clone = checkout('sleep 0.5; mkdir -p node_modules/tool && echo "{}" > node_modules/.package-lock.json');
  const runs = [clone.start("scripts/hello.ts"), clone.start("scripts/hello.ts")];
  const codes = await Promise.all(runs.map(async (run) => (await once(run, "exit"))[0] as number));
  assert.deepEqual(codes, [0, 0]);
  assert.equal(clone.installs().length, 1);
});

test("takes over the lock of a run that has died", () => {
  const clone = checkout();
  mkdirSync(path.join(clone.root, ".cache"));
  const dead = spawnSync("true").pid;
  clone.write(".cache/install.lock", String(dead));
  assert.equal(clone.run("scripts/hello.ts").status, 0);
  assert.equal(clone.installs().length, 1);
});

test("passes the exit code on", () => {
  const clone = checkout();
  clone.write("scripts/exit.ts", "process.exit(3);");
  assert.equal(clone.run("scripts/exit.ts").status, 3);
});

test("works through a symbolic link to the checkout", () => {
  const clone = checkout();
  const link = `${clone.root}-link`;
  symlinkSync(clone.root, link);
  const run = spawnSync(process.execPath, [path.join(link, "scripts/with-node.mjs"), "scripts/hello.ts"], {
    encoding: "utf8",
    env: { ...process.env, PATH: `${path.join(clone.root, "bin")}:${process.env["PATH"] ?? ""}` },
  });
  assert.match(run.stdout, /^hello/);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`gives ${signal} to the script once and ends as the script does`, async () => {
    const clone = checkout();
    clone.write(
      "scripts/wait.ts",
      `let count = 0;
       process.on("${signal}", () => { count++; setTimeout(() => { console.log("signals: " + count); process.exit(4); }, 100); });
       setInterval(() => {}, 1000);
       console.log("ready");`,
    );
    const run = clone.start("scripts/wait.ts");
    let output = "";
    run.stdout!.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (output === "ready\n") run.kill(signal);
    });
    const [code] = (await once(run, "close")) as [number];
    assert.equal(code, 4);
    assert.equal(output, "ready\nsignals: 1\n");
  });
}

test("dies of the signal that its script died of", async () => {
  const clone = checkout();
  clone.write("scripts/die.ts", 'process.kill(process.pid, "SIGKILL");');
  const [code, signal] = (await once(clone.start("scripts/die.ts"), "exit")) as [number | null, string | null];
  assert.deepEqual([code, signal], [null, "SIGKILL"]);
});

test("asks for a script when none is given", () => {
  const clone = checkout();
  const run = clone.run();
  assert.equal(run.status, 1);
  assert.match(run.stderr, /usage: node scripts\/with-node\.mjs SCRIPT/);
  assert.deepEqual(clone.installs(), []);
});
