import assert from "node:assert/strict";
import { text as textOf } from "node:stream/consumers";
import { test } from "node:test";
import { attachTo, execIn, type ExecOptions, type ExecSession, isKubeError } from "@fairlead/kube";
import { until } from "./serve-harness.ts";
import { podServer, type PodServer } from "./pod-server.ts";

const web = { namespace: "default", name: "web" };

function node(script: string): string[] {
  return [process.execPath, "-e", script];
}

function run({ client }: PodServer, script: string, options: Partial<ExecOptions> = {}): Promise<ExecSession> {
  return execIn(client, web, { command: node(script), ...options });
}

test("runs a command and tells its outputs and its exit code", async (t) => {
  const server = await podServer(t);
  const session = await run(server, "console.log('out'); console.error('err'); process.exitCode = 3");
  const outputs = Promise.all([textOf(session.stdout!), textOf(session.stderr!)]);
  const { exitCode, status } = await session.ended;
  assert.deepEqual([await outputs, exitCode], [["out\n", "err\n"], 3]);
  assert.equal(status.reason, "NonZeroExitCode");
  assert.deepEqual(status.details?.causes, [{ reason: "ExitCode", message: "3" }]);
  const fine = await run(server, "");
  fine.stdout!.resume();
  fine.stderr!.resume();
  assert.deepEqual(await fine.ended.then((end) => [end.exitCode, end.status.status]), [0, "Success"]);
});

test("hands the input on, and its end", async (t) => {
  const server = await podServer(t);
  const session = await run(server, "process.stdin.pipe(process.stdout)", { stdin: true, stderr: false });
  const output = textOf(session.stdout!);
  const input = "0123456789".repeat(200_000);
  session.stdin!.end(input);
  assert.equal((await session.ended).exitCode, 0);
  assert.equal(await output, input);
  assert.deepEqual(server.requests[0], {
    command: node("process.stdin.pipe(process.stdout)"),
    container: "",
    stdin: true,
    stdout: true,
    stderr: false,
    tty: false,
  });
});

test("loses none of a large output, however slowly it is read", async (t) => {
  const server = await podServer(t);
  const session = await run(server, "process.stdout.write('x'.repeat(20e6))", { stderr: false });
  let length = 0;
  for await (const chunk of session.stdout!) length += (chunk as Buffer).length;
  assert.equal(length, 20e6);
  assert.equal((await session.ended).exitCode, 0);
});

test("tells the size of the terminal, and has no stderr with one", async (t) => {
  const server = await podServer(t);
  const session = await run(server, "setTimeout(() => {}, 60e3)", { tty: true, stdin: true });
  session.stdout!.resume();
  session.resize(80, 24);
  session.resize(120, 40);
  await until(() => server.sizes.length === 2, "sizes");
  assert.deepEqual(server.sizes, [
    [80, 24],
    [120, 40],
  ]);
  assert.equal(server.requests[0]!.stderr, false);
  session.close();
  await assert.rejects(session.ended, (error) => isKubeError(error, "closed"));
  await until(() => server.killed() === 1 && server.running() === 0, "the process goes with its client");
});

test("says why a command cannot be run", async (t) => {
  const server = await podServer(t);
  const session = await execIn(server.client, web, { command: ["no-such-program"] });
  session.stdout!.resume();
  session.stderr!.resume();
  await assert.rejects(session.ended, /error executing command in container: executable file not found in \$PATH/);
});

test("refuses what it does not serve, before the connection is another protocol's", async (t) => {
  const server = await podServer(t);
  const missing = execIn(server.client, { namespace: "default", name: "none" }, { command: ["x"] });
  await assert.rejects(missing, (error) => isKubeError(error, "not-found"));
  const plain = await server.http1({ method: "POST", path: "/api/v1/namespaces/default/pods/web/exec?command=x" });
  assert.equal(plain.status, 400);
  assert.equal(JSON.parse(plain.body.toString()).message, "Upgrade request required");
  const nothing = execIn(server.client, web, { command: ["x"], stdout: false, stderr: false });
  await assert.rejects(nothing, /you must specify at least 1 of stdin, stdout, stderr/);
});

test("kills what runs when the connection is cut, and attaches as it runs", async (t) => {
  const server = await podServer(t);
  const session = await run(server, "setTimeout(() => {}, 60e3)");
  session.stdout!.resume();
  session.stderr!.resume();
  await until(() => server.running() === 1, "it runs");
  server.server.disconnect();
  await assert.rejects(session.ended, (error) => isKubeError(error, "connection"));
  await until(() => server.running() === 0, "it is killed");
  const attached = await attachTo(server.client, web);
  attached.stdout!.resume();
  attached.stderr!.resume();
  await assert.rejects(attached.ended);
  assert.deepEqual(server.requests.at(-1)!.command, []);
});
