import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { inspect } from "node:util";
import { virtualClock, type Clock } from "@fairlead/apimachinery";
import { systemClock } from "../../clock.ts";
import { isKubeError, type KubeError } from "../../errors.ts";
import { secret } from "../hidden.ts";
import { combine } from "./combine.ts";
import { execSource, type ExecOptions, type ExecPlugin } from "./exec.ts";
import type { ExecVersion } from "./exec-credential.ts";

const apiVersion: ExecVersion = "client.authentication.k8s.io/v1";
const start = Date.parse("2030-01-01T00:00:00Z");
const minute = 60_000;
const leak = "s3cr3t-that-nobody-may-see";

interface Fixture {
  readonly folder: string;
  readonly plugin: ExecPlugin;
  /** How often it was run. */
  runs(): Promise<number>;
}

/** A plugin whose code is `body`; it knows `run`, the number of the run from 1, and `credential(status)`, which prints one. */
async function plugin(t: TestContext, body: string, more: Partial<ExecPlugin> = {}): Promise<Fixture> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "access-exec-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const script = path.join(folder, "plugin.mjs");
  const head = `
    import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
    const folder = ${JSON.stringify(folder)};
    appendFileSync(folder + "/runs", "x");
    const run = readFileSync(folder + "/runs", "utf8").length;
    const credential = (status) =>
      process.stdout.write(JSON.stringify({ kind: "ExecCredential", apiVersion: "${apiVersion}", status }));
  `;
  await writeFile(script, `${head}\n${body}\n`);
  const runs = (): Promise<number> =>
    readFile(path.join(folder, "runs"), "utf8").then(
      ({ length }) => length,
      () => 0,
    );
  const base = { apiVersion, command: process.execPath, args: secret([script, `--password=${leak}`]) };
  const env = secret([{ name: "PLUGIN_SECRET", value: leak }]);
  return { folder, plugin: { ...base, env, interactiveMode: "Never", ...more }, runs };
}

function options(clock: Clock, more: Partial<ExecOptions> = {}): ExecOptions {
  return { clock, environment: process.env, terminal: false, ...more };
}

async function failure(promise: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await promise.then(
    () => assert.fail("it did not fail"),
    (reason: unknown) => reason,
  );
  assert.ok(isKubeError(error), inspect(error));
  assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(leak), "the error shows a secret");
  return error;
}

test("runs the plugin once for all who ask, and not again before its token ends", async (t) => {
  const clock = virtualClock(start);
  const { plugin: one, runs } = await plugin(
    t,
    `credential({ token: "token-" + run, expirationTimestamp: run === 1 ? "2030-01-01T00:30:00Z" : "2030-01-01T01:00:00Z" });`,
  );
  const credentials = combine([execSource(one, options(clock))]);
  const all = await Promise.all(Array.from({ length: 20 }, () => credentials.current()));
  assert.deepEqual(new Set(all.map(({ headers }) => headers["authorization"])), new Set(["Bearer token-1"]));
  clock.advance(28 * minute);
  assert.equal(await credentials.current(), all[0]);
  assert.equal(await runs(), 1);
  clock.advance(minute);
  const renewed = await credentials.current();
  assert.equal(renewed.headers["authorization"], "Bearer token-2", "it is renewed a minute before its end");
  assert.equal(renewed.tls, all[0]?.tls);
  assert.equal(await runs(), 2);
});

test("uses a token to its end when the plugin fails to renew it early", async (t) => {
  const clock = virtualClock(start);
  const { plugin: one, runs } = await plugin(
    t,
    `if (run === 1) credential({ token: "only", expirationTimestamp: "2030-01-01T00:30:00Z" });
     else process.exitCode = 3;`,
  );
  const source = execSource(one, options(clock));
  const first = await source.current();
  clock.advance(29.5 * minute);
  assert.equal(await source.current(), first);
  assert.equal(await source.current(), first, "and it is not run for every request");
  assert.equal(await runs(), 2);
  clock.advance(minute);
  assert.match((await failure(source.current())).message, /failed with exit code 3/);
});

test("runs the plugin again when the server refuses its token, but not over and over", async (t) => {
  const clock = virtualClock(start);
  const { plugin: one, runs } = await plugin(t, `credential({ token: "token-" + run });`);
  const credentials = combine([execSource(one, options(clock))]);
  const first = await credentials.current();
  const [second, same] = await Promise.all([credentials.rejected(first), credentials.rejected(first)]);
  assert.equal(second.headers["authorization"], "Bearer token-2");
  assert.equal(same, second);
  assert.equal(await credentials.rejected(second), second);
  assert.equal(await runs(), 2);
  clock.advance(minute);
  assert.equal((await credentials.rejected(second)).headers["authorization"], "Bearer token-3");
});

test("gives the plugin its environment and what it may know of the cluster", async (t) => {
  const cluster = {
    server: "https://10.0.0.1:6443",
    "tls-server-name": "api",
    "certificate-authority-data": "Q0E=",
    config: { audience: "a" },
  };
  const { plugin: one, folder } = await plugin(
    t,
    `const { KUBERNETES_EXEC_INFO, PLUGIN_SECRET, INHERITED } = process.env;
     writeFileSync(folder + "/seen", JSON.stringify({ info: JSON.parse(KUBERNETES_EXEC_INFO), PLUGIN_SECRET, INHERITED, input: readFileSync(0, "utf8") }));
     credential({ token: "t" });`,
    { cluster: async () => cluster },
  );
  const environment = { ...process.env, INHERITED: "yes", PLUGIN_SECRET: "overridden", KUBERNETES_EXEC_INFO: "old" };
  await execSource(one, options(systemClock, { environment })).current();
  assert.deepEqual(JSON.parse(await readFile(path.join(folder, "seen"), "utf8")), {
    info: { kind: "ExecCredential", apiVersion, spec: { cluster, interactive: false } },
    PLUGIN_SECRET: leak,
    INHERITED: "yes",
    input: "",
  });
});

test("tells the plugin that it may ask where there is a terminal, unless its mode forbids it", async (t) => {
  const report = `credential({ token: String(JSON.parse(process.env.KUBERNETES_EXEC_INFO).spec.interactive) });`;
  for (const [interactiveMode, terminal, told] of [
    ["Never", true, false],
    ["IfAvailable", true, true],
    ["IfAvailable", false, false],
    ["Always", true, true],
  ] as const) {
    const { plugin: one } = await plugin(t, report, { interactiveMode });
    const { authorization } = await execSource(one, options(systemClock, { terminal })).current();
    assert.equal(authorization, `Bearer ${told}`);
  }
});

test("asks nobody where there is no terminal", async (t) => {
  const { plugin: one, runs } = await plugin(t, `credential({ token: "t" });`, { interactiveMode: "Always" });
  assert.match((await failure(execSource(one, options(systemClock)).current())).message, /there is none$/);
  assert.equal(await runs(), 0);
});

for (const [what, body, message, hint] of [
  ["prints rubbish", `console.log("here is your token: ${leak}");`, /printed something that is not JSON$/, /by hand/],
  ["prints nothing", ``, /printed nothing$/, /by hand/],
  [
    "prints without end",
    `setInterval(() => process.stdout.write("${leak}".repeat(4000)), 0);`,
    /more than 1048576 bytes$/,
    /one ExecCredential/,
  ],
  [
    "prints an old token",
    `credential({ token: "${leak}", expirationTimestamp: "2001-01-01T00:00:00Z" });`,
    /expired 2001-01-01/,
    /log in again/,
  ],
  [
    "exits 1",
    `console.error("please log in,\\n password=${leak}"); process.exitCode = 1;`,
    /exit code 1: please log in, password=\(hidden\)$/,
    /login/,
  ],
  [
    "ends by a signal",
    `process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000);`,
    /failed with signal SIGTERM$/,
    /by hand/,
  ],
] as const) {
  test(`says what to do about a plugin that ${what}`, async (t) => {
    const { plugin: one } = await plugin(t, body);
    const error = await failure(execSource(one, options(systemClock)).current());
    assert.equal(error.code, "credentials");
    assert.match(error.message, message);
    assert.match(error.hint ?? "", hint);
  });
}

test("stops a plugin that hangs, even one that does not want to end", async (t) => {
  const clock = virtualClock(start);
  const { plugin: one, folder } = await plugin(
    t,
    `process.on("SIGTERM", () => {}); console.error("waiting for a browser"); writeFileSync(folder + "/pid", process.pid + "."); setInterval(() => {}, 1000);`,
  );
  const failed = failure(execSource(one, options(clock)).current());
  const pid = Number.parseInt(
    await eventually(
      async () =>
        (await readFile(path.join(folder, "pid"), "utf8")).endsWith(".") && readFile(path.join(folder, "pid"), "utf8"),
    ),
  );
  clock.advance(minute);
  const error = await failed;
  assert.match(error.message, /did not end within 60 s and was stopped/);
  assert.match(error.hint ?? "", /waits for/);
  clock.advance(2_000);
  await eventually(async () => !isRunning(pid));
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Waits for what becomes true soon; the time limit of tests ends it if it never does. */
async function eventually<T>(condition: () => Promise<T | false>): Promise<T> {
  for (;;) {
    const met = await condition().catch(() => false as const);
    if (met !== false) return met;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("stops a plugin that nobody waits for any more, and runs it anew for the next", async (t) => {
  const { plugin: one, runs } = await plugin(
    t,
    `if (run === 1) setInterval(() => {}, 1000); else credential({ token: "t" });`,
  );
  const source = execSource(one, options(systemClock));
  const [first, second] = [new AbortController(), new AbortController()];
  const waiting = [failure(source.current(first.signal)), failure(source.current(second.signal))];
  await eventually(async () => (await runs()) === 1);
  first.abort();
  assert.equal((await waiting[0])?.code, "aborted");
  second.abort();
  assert.equal((await waiting[1])?.code, "aborted");
  assert.equal((await source.current()).authorization, "Bearer t");
});

test("passes the kubeconfig's own advice on when the plugin is not installed", async (t) => {
  const missing = { command: "fairlead-no-such-plugin", installHint: "brew install it" };
  const { plugin: one, folder } = await plugin(t, "", missing);
  const error = await failure(execSource(one, options(systemClock)).current());
  assert.equal(error.message, "the exec plugin fairlead-no-such-plugin is not installed");
  assert.equal(error.hint, "brew install it");
  const { installHint: _, ...bare } = one;
  assert.match((await failure(execSource(bare, options(systemClock)).current())).hint ?? "", /^install it; https:/);
  const file = path.join(folder, "not-executable");
  await writeFile(file, "");
  await chmod(file, 0o600);
  assert.match(
    (await failure(execSource({ ...one, command: file }, options(systemClock)).current())).message,
    /cannot be executed$/,
  );
});

test("says that arguments cannot be passed without showing them", async (t) => {
  const { plugin: one } = await plugin(t, "", { args: secret([`${leak}\0`]) });
  assert.match((await failure(execSource(one, options(systemClock)).current())).message, /cannot be started/);
});
