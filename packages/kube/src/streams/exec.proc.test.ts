import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import type { WebSocket } from "ws";
import { virtualClock } from "@fairlead/apimachinery";
import {
  answerStatus,
  exited,
  message,
  scriptedApi,
  success,
  until,
  type Script,
} from "../../test/streams/scripted-api.ts";
import { isKubeError, type KubeErrorCode } from "../errors.ts";
import { attachTo, execIn, type ExecOptions } from "./exec.ts";

const pod = { namespace: "shop", name: "web-1" };
const refused = (code: KubeErrorCode, pattern: RegExp) => (error: unknown) => {
  assert.ok(isKubeError(error, code), `${String(error)} has not the code ${code}`);
  assert.match(error.message, pattern);
  return true;
};

async function api(t: TestContext, script: Script) {
  const server = await scriptedApi(script);
  t.after(() => server.close());
  return {
    ...server,
    exec: (options: Partial<ExecOptions> = {}, client = server.client()) =>
      execIn(client, pod, { command: ["true"], ...options }),
  };
}

/** The command ends with a Status, and the server closes. */
function finish(ws: WebSocket, status: object): void {
  ws.send(message(3, JSON.stringify(status)));
  ws.close(1000);
}

test("gives a command's outputs and its exit code", async (t) => {
  const { exec, requests, open } = await api(t, {
    connection(ws) {
      ws.send(message(1, ""));
      ws.send(message(2, ""));
      ws.send(message(1, "out\n"));
      ws.send(message(2, "err\n"));
      finish(ws, exited(3));
    },
  });
  const session = await exec({ command: ["sh", "-c", "echo a b"], container: "app" });
  const [out, err] = await Promise.all([text(session.stdout!), text(session.stderr!)]);
  const { exitCode, status } = await session.ended;
  assert.deepEqual([out, err, exitCode], ["out\n", "err\n", 3]);
  assert.deepEqual([status.kind, status["apiVersion"], status.reason], ["Status", "v1", "NonZeroExitCode"]);
  assert.equal(session.stdin, undefined);
  const [request] = requests;
  assert.equal(request?.headers["sec-websocket-protocol"], "v5.channel.k8s.io");
  const { pathname, searchParams } = new URL(request.url!, "http://x");
  assert.equal(pathname, "/api/v1/namespaces/shop/pods/web-1/exec");
  assert.deepEqual(
    [...searchParams],
    [
      ["container", "app"],
      ["command", "sh"],
      ["command", "-c"],
      ["command", "echo a b"],
      ["stdin", "false"],
      ["stdout", "true"],
      ["stderr", "true"],
      ["tty", "false"],
    ],
  );
  await until(() => open() === 0, "the connection is closed");
});

test("sends the transport's headers, below the server's prefix, and falls back to the access' namespace", async (t) => {
  const server = await api(t, { connection: (ws) => finish(ws, success) });
  const client = server.client({
    headers: { authorization: "Bearer t", "impersonate-group": ["a", "b"] },
    prefix: "/k8s",
  });
  const session = await execIn(client, { name: "web-1" }, { command: ["true"] });
  session.stdout!.resume();
  session.stderr!.resume();
  assert.equal((await session.ended).exitCode, 0);
  const { url, headers } = server.requests[0]!;
  assert.match(url!, /^\/k8s\/api\/v1\/namespaces\/shop\/pods\/web-1\/exec\?/);
  assert.deepEqual([headers.authorization, headers["impersonate-group"]], ["Bearer t", "a, b"]);
});

test("ends standard input alone, and the command goes on", async (t) => {
  const { exec } = await api(t, {
    connection(ws) {
      const got: Buffer[] = [];
      ws.on("message", (data: Buffer) => {
        if (data[0] === 0) got.push(data.subarray(1));
        if (data[0] !== 255) return;
        assert.equal(data[1], 0);
        ws.send(message(1, Buffer.concat(got)));
        finish(ws, success);
      });
    },
  });
  const session = await exec({ stdin: true, stderr: false });
  session.stdin!.write("one ");
  session.stdin!.end("two");
  assert.equal(await text(session.stdout!), "one two");
  assert.equal((await session.ended).exitCode, 0);
});

for (const lines of [0, 1, 5]) {
  test(`hears how a command ended that did not wait for its input, while ${lines} lines of it are still written`, async (t) => {
    let ended = (): void => undefined;
    const { exec } = await api(t, {
      connection: (ws) =>
        ws.on("message", () => {
          ws.send(message(1, "enough"));
          finish(ws, exited(3));
          ws.terminate();
          ended();
        }),
    });
    const session = await exec({ command: ["head", "-1"], stdin: true, stderr: false });
    ended = () => {
      for (let line = 0; line < lines; line++) session.stdin!.write("more\n");
      session.stdin!.end();
      session.resize(80, 24);
    };
    session.stdin!.write("one\n");
    assert.equal(await text(session.stdout!), "enough");
    assert.equal((await session.ended).exitCode, 3);
  });
}

test("resizes a TTY, which has one output", async (t) => {
  const sizes: string[] = [];
  const { exec, requests } = await api(t, {
    connection: (ws) =>
      ws.on("message", (data: Buffer) => {
        assert.equal(data[0], 4);
        sizes.push(data.subarray(1).toString());
        if (sizes.length === 2) finish(ws, success);
      }),
  });
  const session = await exec({ tty: true, stdin: true });
  assert.equal(session.stderr, undefined);
  session.resize(80, 24);
  session.resize(132, 50);
  session.stdout!.resume();
  await session.ended;
  assert.deepEqual(sizes, ['{"Width":80,"Height":24}', '{"Width":132,"Height":50}']);
  assert.match(requests[0]!.url!, /stdin=true&stdout=true&stderr=false&tty=true/);
  session.resize(1, 1);
});

test("attaches without a command", async (t) => {
  const server = await api(t, { connection: (ws) => finish(ws, success) });
  const session = await attachTo(server.client(), pod, { container: "app" });
  session.stdout!.resume();
  session.stderr!.resume();
  await session.ended;
  assert.match(
    server.requests[0]!.url!,
    /^\/api\/v1\/namespaces\/shop\/pods\/web-1\/attach\?container=app&stdin=false/,
  );
});

test("keeps every byte, however it is cut into messages", async (t) => {
  const { exec } = await api(t, {
    connection: (ws) =>
      ws.on("message", (data: Buffer) => {
        if (data[0] === 0) ws.send(message(1, data.subarray(1)));
        else finish(ws, success);
      }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 100_000, size: "max" }), { maxLength: 5 }), async (parts) => {
      const session = await exec({ stdin: true, stderr: false });
      const echoed = buffer(session.stdout!);
      for (const part of parts) session.stdin!.write(Buffer.from(part));
      session.stdin!.end();
      assert.ok(Buffer.concat(parts).equals(await echoed));
      await session.ended;
    }),
    { numRuns: 20, seed: 4 },
  );
});

test("holds back a server while nobody reads, and loses nothing", async (t) => {
  const block = randomBytes(64 * 1024);
  const blocks = 400;
  let server: WebSocket | undefined;
  let sent = 0;
  const { exec } = await api(t, {
    connection(ws) {
      server = ws;
      const more = (): void => {
        if (sent++ < blocks) ws.send(message(1, block), more);
        else finish(ws, success);
      };
      more();
    },
  });
  const session = await exec({ stderr: false });
  // The buffers of both kernels fill, then nothing moves.
  await until(() => server !== undefined && server.bufferedAmount > 0 && sent < blocks, "the server has to wait");
  let seen = -1;
  await until(() => {
    const still = seen === sent;
    seen = sent;
    return still;
  }, "nothing moves");
  assert.ok(sent < blocks, `${sent} blocks were taken`);
  const got = await buffer(session.stdout!);
  assert.equal(got.length, blocks * block.length);
  assert.ok(got.subarray(-block.length).equals(block));
  assert.equal((await session.ended).exitCode, 0);
});

test("holds back a writer while the server does not read", async (t) => {
  const { exec } = await api(t, { connection: (ws) => ws.pause() });
  const stop = new AbortController();
  const session = await exec({ stdin: true, signal: stop.signal });
  const block = Buffer.alloc(1024 * 1024);
  let written = 0;
  const full = new Promise<void>((resolve) => {
    const more = (): void => {
      if (written >= 200) return;
      written++;
      session.stdin!.write(block, more);
      if (session.stdin!.writableNeedDrain) resolve();
    };
    more();
  });
  await full;
  let seen = -1;
  await until(() => {
    const still = seen === written;
    seen = written;
    return still;
  }, "nothing moves");
  assert.ok(written < 100, `${written} MiB were taken`);
  stop.abort();
  await assert.rejects(session.ended, refused("aborted", /aborted/));
});

test("rejects with the server's verdict before there is a session", async (t) => {
  for (const [code, reason, said, expected] of [
    [403, "Forbidden", 'pods "web-1" is forbidden: no', "forbidden"],
    [404, "NotFound", 'pods "web-1" not found', "not-found"],
    [400, "BadRequest", "container x is not valid for pod web-1", "bad-request"],
    [500, "InternalError", "etcd is gone", "server-error"],
  ] as const) {
    const { exec, open } = await api(t, {
      upgrade: (_request, socket) => (answerStatus(socket, code, reason, said), true),
    });
    await assert.rejects(exec(), (error) => {
      assert.ok(isKubeError(error, expected));
      assert.deepEqual([error.httpStatus, error.status?.reason, error.cluster], [code, reason, "test"]);
      assert.deepEqual(error.object, { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "web-1" });
      assert.equal(error.message, `exec in pod shop/web-1: ${said}`);
      return true;
    });
    await until(() => open() === 0, "the connection is closed");
  }
});

test("tries once more with other credentials when these are refused", async (t) => {
  const tokens: string[] = [];
  const server = await api(t, {
    upgrade(request, socket) {
      tokens.push(request.headers.authorization!);
      if (request.headers.authorization === "Bearer new") return false;
      answerStatus(socket, 401, "Unauthorized", "Unauthorized");
      return true;
    },
    connection: (ws) => finish(ws, success),
  });
  const credential = (token: string) => ({ headers: { authorization: `Bearer ${token}` }, tls: {} });
  let current = credential("old");
  const fresh = credential("new");
  const client = server.client({
    credentials: { current: async () => current, rejected: async () => (current = fresh) },
  });
  const session = await server.exec({ stderr: false }, client);
  session.stdout!.resume();
  assert.equal((await session.ended).exitCode, 0);
  assert.deepEqual(tokens, ["Bearer old", "Bearer new"]);

  tokens.length = 0;
  const stubborn = credential("old");
  const hopeless = server.client({ credentials: { current: async () => stubborn, rejected: async () => stubborn } });
  await assert.rejects(server.exec({}, hopeless), refused("unauthorized", /Unauthorized/));
  assert.deepEqual(tokens, ["Bearer old"]);
});

test("names an answer that is no Status, and a server that speaks no WebSocket", async (t) => {
  const proxy = await api(t, {
    upgrade: (_request, socket) => (
      socket.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 12\r\n\r\nno upstream!"),
      true
    ),
  });
  await assert.rejects(proxy.exec(), refused("server-error", /no upstream!/));
  const old = await api(t, { protocol: "v4.channel.k8s.io" });
  await assert.rejects(old.exec(), refused("protocol", /could not be opened: Server sent an invalid subprotocol/));
  const rubbish = await api(t, { upgrade: (_request, socket) => (socket.end("\u0000\u0001 hello\r\n\r\n"), true) });
  await assert.rejects(rubbish.exec(), refused("protocol", /could not be opened/));
  const cut = await api(t, { upgrade: (_request, socket) => (socket.destroy(), true) });
  await assert.rejects(cut.exec(), refused("connection", /could not be opened: socket hang up/));
  for (const server of [proxy, old, rubbish, cut]) await until(() => server.open() === 0, "the connection is closed");
});

test("gives up on a server that never answers, and on a dial that never ends", async (t) => {
  const { exec, open, client } = await api(t, { upgrade: () => true });
  const clock = virtualClock();
  const waiting = exec({ clock, deadlineMs: 1000 });
  await until(() => open() === 1, "the connection stands");
  clock.advance(1000);
  await assert.rejects(waiting, refused("deadline", /no answer within 1 s/));
  await until(() => open() === 0, "the connection is closed");

  const never = { ...client(), transport: { ...client().transport, dial: () => new Promise<never>(() => undefined) } };
  const dialling = exec({ clock, deadlineMs: 1000 }, never);
  await until(() => clock.pending === 1, "it waits");
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(1000);
  await assert.rejects(dialling, refused("deadline", /no answer within 1 s/));
  assert.equal(clock.pending, 0);
});

test("ends when its signal aborts: before, during and after the handshake", async (t) => {
  const silent = await api(t, { upgrade: () => true });
  await assert.rejects(silent.exec({ signal: AbortSignal.abort() }), refused("aborted", /aborted/));
  const during = new AbortController();
  const waiting = silent.exec({ signal: during.signal });
  await until(() => silent.requests.length === 1, "the handshake is under way");
  during.abort();
  await assert.rejects(waiting, refused("aborted", /aborted/));

  const running = await api(t, {});
  const after = new AbortController();
  const session = await running.exec({ signal: after.signal, stdin: true });
  const reading = text(session.stdout!);
  after.abort();
  await assert.rejects(session.ended, refused("aborted", /aborted/));
  await assert.rejects(reading, refused("aborted", /aborted/));
  assert.ok(session.stdin!.destroyed);
  for (const server of [silent, running]) await until(() => server.open() === 0, "the connection is closed");
});

test("tells a cut connection from an end", async (t) => {
  const { exec, sockets, open } = await api(t, { connection: (ws) => ws.send(message(1, "half")) });
  const session = await exec();
  const read: string[] = [];
  const reading = (async () => {
    for await (const chunk of session.stdout as Readable) read.push(String(chunk));
  })();
  await until(() => read.length === 1, "something was read");
  sockets[0]!.resetAndDestroy();
  await assert.rejects(session.ended, refused("connection", /the connection was cut: read ECONNRESET/));
  await assert.rejects(reading, refused("connection", /the connection was cut/));
  assert.equal(open(), 0);
});

test("rejects when the server closes without a Status, or with another code", async (t) => {
  for (const [code, pattern] of [
    [1000, /closed the connection before the command ended/],
    [1001, /closed the connection with code 1001/],
    [1011, /closed the connection with code 1011/],
  ] as const) {
    const { exec } = await api(t, { connection: (ws) => ws.close(code) });
    const session = await exec();
    session.stdout!.resume();
    session.stderr!.resume();
    await assert.rejects(session.ended, refused("connection", pattern));
  }
});

test("rejects with the Status of a command that could not run", async (t) => {
  const { exec } = await api(t, {
    connection: (ws) =>
      finish(ws, { ...success, status: "Failure", reason: "InternalError", message: "no such file: nope", code: 500 }),
  });
  const session = await exec({ stdout: false, stderr: false });
  await assert.rejects(session.ended, refused("server-error", /no such file: nope/));
});

test("takes a Status in pieces, and bounds what is none", async (t) => {
  const whole = JSON.stringify(exited(7));
  const pieces = await api(t, {
    connection(ws) {
      for (const character of whole) ws.send(message(3, character));
      ws.close(1000);
    },
  });
  const session = await pieces.exec({ stdout: false, stderr: false });
  assert.equal((await session.ended).exitCode, 7);
  const rubbish = await api(t, {
    connection(ws) {
      for (let index = 0; index < 50; index++) ws.send(message(3, Buffer.alloc(64 * 1024, "{")));
      ws.close(1000);
    },
  });
  const other = await rubbish.exec({ stdout: false, stderr: false });
  await assert.rejects(other.ended, refused("connection", /before the command ended/));
});

test("closes for a server that has sent the Status and does not", async (t) => {
  const clock = virtualClock();
  const { exec, open } = await api(t, { connection: (ws) => ws.send(message(3, JSON.stringify(success))) });
  const session = await exec({ clock, stdout: false, stderr: false });
  // The heartbeat, and the time to close.
  await until(() => clock.pending === 2, "the Status has come");
  clock.advance(5_000);
  assert.equal((await session.ended).exitCode, 0);
  await until(() => open() === 0, "the connection is closed");
  assert.equal(clock.pending, 0);
});

test("does not mind channels it did not ask for, empty messages, and ends that come twice", async (t) => {
  const { exec } = await api(t, {
    connection(ws) {
      for (const bytes of [[], [9, 1, 2], [255], [255, 77], [2, 65], [1, 66], [255, 1], [1, 67], [255, 1]]) {
        ws.send(Buffer.from(bytes));
      }
      finish(ws, success);
    },
  });
  const session = await exec({ stderr: false });
  assert.equal(await text(session.stdout!), "B");
  assert.equal((await session.ended).exitCode, 0);
});

test("throws away what a destroyed output still gets", async (t) => {
  const { exec } = await api(t, {
    connection(ws) {
      ws.once("message", () => {
        for (let index = 0; index < 20; index++) ws.send(message(1, Buffer.alloc(64 * 1024)));
        finish(ws, success);
      });
      for (let index = 0; index < 20; index++) ws.send(message(1, Buffer.alloc(64 * 1024)));
    },
  });
  const session = await exec({ stdin: true, stderr: false });
  await once(session.stdout!, "readable");
  session.stdout!.destroy();
  session.stdin!.write("go on");
  assert.equal((await session.ended).exitCode, 0);
});

test("pings, and takes long silence for the end unless it does not listen itself", async (t) => {
  const clock = virtualClock();
  let pings = 0;
  const answering = await api(t, { connection: (ws) => ws.on("ping", () => pings++) });
  const session = await answering.exec({ clock });
  for (let beat = 1; beat <= 20; beat++) {
    clock.advance(10_000);
    await until(() => pings === beat, "it pings");
    // The answer lies in the socket until it is read.
    await new Promise((resolve) => setImmediate(resolve));
  }
  session.close();
  await assert.rejects(session.ended, refused("closed", /closed before the command ended/));

  const deaf = await api(t, { connection: (ws) => ws.pause() });
  const other = await deaf.exec({ clock });
  clock.advance(70_000);
  await assert.rejects(other.ended, refused("connection", /the connection is silent/));
  assert.equal(clock.pending, 0);
});

/** What a server may do with an open connection. */
const deeds = {
  output: (ws: WebSocket) => ws.send(message(1, randomBytes(1000))),
  flood: (ws: WebSocket) => ws.send(message(2, Buffer.alloc(300_000))),
  text: (ws: WebSocket) => ws.send("\u0001text, where bytes are expected"),
  empty: (ws: WebSocket) => ws.send(Buffer.alloc(0)),
  end: (ws: WebSocket) => ws.send(Buffer.from([255, 1])),
  status: (ws: WebSocket) => ws.send(message(3, JSON.stringify(exited(1)))),
  halfStatus: (ws: WebSocket) => ws.send(message(3, '{"status":"Fail')),
  ping: (ws: WebSocket) => ws.ping(),
  rubbish: (_ws: WebSocket, socket: Socket) => socket.write(Buffer.from([0xff, 0x00, 0x01])),
  close: (ws: WebSocket) => ws.close(1000),
  strangeClose: (ws: WebSocket) => ws.close(4000, "why not"),
  cut: (_ws: WebSocket, socket: Socket) => socket.destroy(),
  reset: (_ws: WebSocket, socket: Socket) => socket.resetAndDestroy(),
} as const;

test("ends in one way or another whatever the server does, and leaves nothing behind", async (t) => {
  let script: readonly (keyof typeof deeds)[] = [];
  const { exec, open } = await api(t, {
    connection(ws, { socket }) {
      for (const deed of script) if (ws.readyState === ws.OPEN) deeds[deed](ws, socket as Socket);
      // In the end every connection ends.
      if (!script.includes("close")) setImmediate(() => socket.destroy());
    },
  });
  const deed = fc.constantFrom(...(Object.keys(deeds) as (keyof typeof deeds)[]));
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 8 }), fc.boolean(), async (next, reads) => {
      script = next;
      const session = await exec({ stdin: true }).catch((error: unknown) => {
        assert.ok(isKubeError(error), String(error));
      });
      if (session === undefined) return;
      const outputs = [session.stdout!, session.stderr!].map(async (stream) => {
        if (reads) await buffer(stream).catch(() => undefined);
        else stream.destroy();
      });
      session.stdin!.write("input");
      const result = await session.ended.catch((error: unknown) => {
        assert.ok(isKubeError(error), String(error));
        return undefined;
      });
      if (result !== undefined) assert.ok(next.includes("status"), next.join());
      await Promise.all(outputs);
      assert.ok(session.stdin!.destroyed);
      await until(() => open() === 0, "the connection is closed");
    }),
    { seed: 4, numRuns: 60 },
  );
});

test("shows no credential, whatever fails", async (t) => {
  const token = "s3cr3t-token";
  const errors: unknown[] = [];
  for (const upgrade of [
    (_request: unknown, socket: Socket) => (answerStatus(socket, 401, "Unauthorized", "Unauthorized"), true),
    (_request: unknown, socket: Socket) => (socket.end("rubbish\r\n\r\n"), true),
    (_request: unknown, socket: Socket) => (socket.destroy(), true),
  ]) {
    const server = await api(t, { upgrade });
    const client = server.client({ headers: { authorization: `Bearer ${token}` } });
    errors.push(
      await server.exec({}, client).then(
        () => assert.fail("it is refused"),
        (error: unknown) => error,
      ),
    );
  }
  for (const error of errors) {
    assert.doesNotMatch(inspect(error, { depth: 10, showHidden: true }), new RegExp(token));
    assert.doesNotMatch(inspect((error as Error).cause, { depth: 10 }), new RegExp(token));
  }
});
