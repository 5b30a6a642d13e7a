import assert from "node:assert/strict";
import { type Duplex, duplexPair, PassThrough } from "node:stream";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import type { ExecProcess, ExecTarget, ExitStatus } from "../src/streams/exec-target.ts";
import type { PortTarget } from "../src/streams/port-target.ts";
import { runExec } from "../src/streams/run-exec.ts";
import { spdyExec } from "../src/streams/spdy-exec.ts";
import { spdyPortForward } from "../src/streams/spdy-port-forward.ts";
import { spdyClient, type SpdyClient } from "./spdy-client.ts";

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A pod that echoes on port 80, says hello on 81 and ends, and has nobody on others. */
function pod(): PortTarget & { readonly connections: Duplex[] } {
  const connections: Duplex[] = [];
  return {
    connections,
    connect(port) {
      if (port !== 80 && port !== 81) return Promise.reject(new Error(`nobody listens on ${port}`));
      const [near, far] = duplexPair();
      connections.push(near);
      if (port === 80) far.pipe(far);
      else far.end("hello");
      return Promise.resolve(near);
    },
  };
}

function forwarder(target: PortTarget): { client: SpdyClient; clock: ReturnType<typeof virtualClock>; end(): void } {
  const [near, far] = duplexPair();
  const clock = virtualClock();
  spdyPortForward(far, target, "shop/web", clock);
  return { client: spdyClient(near), clock, end: () => void near.end() };
}

function opener(client: SpdyClient): (type: string, port: string, request?: string) => number {
  return (type, port, request) =>
    client.open({ streamtype: type, port, ...(request === undefined ? {} : { requestid: request }) });
}

test("forwards several connections at once, each a pair of streams", async () => {
  const target = pod();
  const { client, clock, end } = forwarder(target);
  const open = opener(client);
  const [errorOne, dataOne] = [open("error", "80", "0"), open("data", "80", "0")];
  const [dataTwo, errorTwo] = [open("data", "81", "1"), open("error", "81", "1")];
  client.data(errorOne, "", true);
  client.data(errorTwo, "", true);
  client.data(dataOne, "ping");
  await settle();
  assert.equal(client.received(dataOne), "ping");
  assert.equal(client.received(dataTwo), "hello");
  assert.deepEqual(
    [client.events(dataTwo), client.events(errorTwo)],
    [
      ["reply", "last"],
      ["reply", "last"],
    ],
  );
  client.data(dataOne, " pong", true);
  await settle();
  assert.equal(client.received(dataOne), "ping pong");
  assert.deepEqual(
    [client.events(dataOne), client.events(errorOne)],
    [
      ["reply", "last"],
      ["reply", "last"],
    ],
  );
  assert.equal(clock.pending, 0);
  end();
  await settle();
  assert.ok(target.connections.every(({ destroyed }) => destroyed));
});

test("says on the error stream why a port cannot be reached, and resets the data", async () => {
  const { client } = forwarder(pod());
  const open = opener(client);
  const [error, data] = [open("error", "82", "0"), open("data", "82", "0")];
  client.data(error, "", true);
  await settle();
  assert.equal(client.received(error), "error forwarding port 82 to pod shop/web, uid : nobody listens on 82");
  assert.deepEqual(
    [client.events(error), client.events(data)],
    [
      ["reply", "last"],
      ["reply", "reset 5"],
    ],
  );
});

test("understands clients that do not name their requests", async () => {
  const { client } = forwarder(pod());
  const open = opener(client);
  open("error", "81");
  const data = open("data", "81");
  await settle();
  assert.equal(client.received(data), "hello");
});

test("refuses streams that make no pair, and waits for the other half only so long", async () => {
  const { client, clock } = forwarder(pod());
  const open = opener(client);
  const bad = [open("stdin", "80", "a"), open("data", "0", "b"), open("data", "65536", "c"), open("data", "x", "d")];
  const first = open("error", "80", "e");
  const again = open("error", "80", "e");
  await settle();
  for (const id of [...bad, again]) assert.deepEqual(client.events(id), ["reply", "reset 5"]);
  assert.equal(clock.pending, 1);
  clock.advance(30_000);
  await settle();
  assert.equal(client.received(first), "(request=e) timed out waiting for streams");
});

test("closes the pod's side when the client resets its stream", async () => {
  const target = pod();
  const { client } = forwarder(target);
  const open = opener(client);
  open("error", "80", "0");
  const data = open("data", "80", "0");
  await settle();
  assert.equal(target.connections.length, 1);
  client.reset(data);
  await settle();
  assert.ok(target.connections[0]!.destroyed);
});

interface Run {
  readonly client: SpdyClient;
  readonly clock: ReturnType<typeof virtualClock>;
  readonly sizes: string[];
  exit(status: ExitStatus): void;
  killed(): number;
  end(): void;
}

/** A command that echoes its input on both outputs. */
function runner(tty: boolean): Run {
  const [near, far] = duplexPair();
  const clock = virtualClock();
  const sizes: string[] = [];
  let killed = 0;
  const { promise, resolve } = Promise.withResolvers<ExitStatus>();
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.on("data", (chunk) => {
    stdout.write(chunk);
    stderr.write(chunk);
  });
  stdin.on("end", () => {
    stdout.end();
    stderr.end();
  });
  const request = { command: ["cat"], container: "", stdin: true, stdout: true, stderr: !tty, tty };
  const process: ExecProcess = {
    stdin,
    stdout,
    ...(tty ? {} : { stderr }),
    resize: (columns, rows) => void sizes.push(`${columns}x${rows}`),
    exit: promise,
    kill: () => void killed++,
  };
  const target: ExecTarget = { start: () => Promise.resolve(process) };
  spdyExec(far, request, clock, (carrier) => void runExec(target, request, carrier));
  return {
    client: spdyClient(near),
    clock,
    sizes,
    exit: resolve,
    killed: () => killed,
    end: () => void near.end(),
  };
}

test("runs a command over SPDY, and ends with its status and a goodbye", async () => {
  const { client, exit, killed } = runner(false);
  const [error, stdin, stdout, stderr] = ["error", "stdin", "stdout", "stderr"].map((streamtype) =>
    client.open({ streamtype }),
  ) as [number, number, number, number];
  client.data(stdin, "hello", true);
  await settle();
  assert.deepEqual([client.received(stdout), client.received(stderr)], ["hello", "hello"]);
  exit({ kind: "exited", code: 7 });
  await settle();
  assert.deepEqual(JSON.parse(client.received(error)), {
    metadata: {},
    status: "Failure",
    message: "command terminated with non-zero exit code: error executing command [cat], exit code 7",
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: "7" }] },
  });
  assert.equal(client.frames.findLast(({ kind }) => kind !== "reset")?.kind, "goaway");
  assert.ok(client.hasEnded());
  assert.equal(killed(), 0);
});

test("tells a terminal its size, and kills the command when the client goes", async () => {
  const { client, sizes, killed, end } = runner(true);
  const [, , , resize] = ["error", "stdin", "stdout", "resize"].map((streamtype) => client.open({ streamtype }));
  client.data(resize!, '{"Width":80,"Hei');
  await settle();
  client.data(resize!, 'ght":24}\n{"Width":1,"Height":2}{"Width":-1,"Height":2}{"Width":1e9,"Height":2}nonsense}');
  await settle();
  assert.deepEqual(sizes, ["80x24", "1x2"]);
  end();
  await settle();
  assert.equal(killed(), 1);
});

test("closes the connection of a client that does not open its streams", async () => {
  const { client, clock, killed } = runner(false);
  client.open({ streamtype: "error" });
  const wrong = client.open({ streamtype: "resize" });
  await settle();
  assert.deepEqual(client.events(wrong), ["reply", "reset 5"]);
  clock.advance(30_000);
  await settle();
  assert.ok(client.hasEnded());
  assert.equal(killed(), 0);
});
