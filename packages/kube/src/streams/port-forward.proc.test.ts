import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { WebSocket } from "ws";
import { answerStatus, message, scriptedApi, until, type Script } from "../../test/streams/scripted-api.ts";
import { isKubeError, KubeError } from "../errors.ts";
import { portForward, type ForwardClient, type PortForwardOptions } from "./port-forward.ts";

const key = { namespace: "shop", name: "web-1" };

function podIn(phase: string): KrmObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { ...key }, status: { phase } };
}

async function api(t: TestContext, script: Script, read: () => Promise<KrmObject> = async () => podIn("Running")) {
  const server = await scriptedApi(script);
  t.after(() => server.close());
  const client: ForwardClient = { ...server.client(), get: read as ForwardClient["get"] };
  return {
    ...server,
    client: () => client,
    async forward(options: Partial<PortForwardOptions> = {}) {
      const forward = await portForward(client, key, { ports: [{ remote: 80 }], ...options });
      t.after(() => forward.close());
      return forward;
    },
  };
}

/** As the kubelet begins: the port on both channels. */
function ports(ws: WebSocket, port = 80): void {
  const bytes = Buffer.from([port & 0xff, port >> 8]);
  ws.send(message(0, bytes));
  ws.send(message(1, bytes));
}

function echo(ws: WebSocket): void {
  ports(ws);
  ws.on("message", (data: Buffer) => ws.send(data));
}

async function dial(port: number, host = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ port, host, allowHalfOpen: true });
  await once(socket, "connect");
  return socket;
}

test("joins connections on both loopback addresses with the pod's port, each with a WebSocket of its own", async (t) => {
  const { forward, requests, open } = await api(t, { connection: echo });
  const { local, close, ended } = await forward();
  const hosts = ["127.0.0.1", "127.0.0.1", ...((await hasIpv6()) ? ["::1"] : [])];
  const sockets = await Promise.all(hosts.map((host) => dial(local[0]!, host)));
  for (const [index, socket] of sockets.entries()) {
    socket.write(`hello ${index}`);
    assert.equal(String((await once(socket, "data"))[0]), `hello ${index}`);
  }
  assert.equal(requests.length, hosts.length);
  assert.equal(requests[0]!.url, "/api/v1/namespaces/shop/pods/web-1/portforward?ports=80");
  assert.equal(requests[0]!.headers["sec-websocket-protocol"], "v4.channel.k8s.io");
  const closed = Promise.all(sockets.map((socket) => once(socket.resume(), "close")));
  for (const socket of sockets) socket.on("end", () => socket.end());
  await close();
  await ended;
  await closed;
  await until(() => open() === 0, "the connections are closed");
});

test("carries 50 MB in both directions at once, byte for byte", async (t) => {
  const { forward } = await api(t, { connection: echo });
  const { local } = await forward();
  const block = randomBytes(1024 * 1024);
  const blocks = 50;
  const socket = await dial(local[0]!);
  const [sent, got] = [createHash("sha256"), createHash("sha256")];
  const writing = (async () => {
    for (let index = 0; index < blocks; index++) {
      block.writeUInt32LE(index);
      const copy = Buffer.from(block);
      sent.update(copy);
      if (!socket.write(copy)) await once(socket, "drain");
    }
  })();
  let size = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    got.update(chunk);
    size += chunk.length;
    if (size === blocks * block.length) break;
  }
  await writing;
  assert.equal(got.digest("hex"), sent.digest("hex"));
});

test("carries what the pod is slow to take, byte for byte", async (t) => {
  const got: Buffer[] = [];
  const { promise: connected, resolve } = Promise.withResolvers<WebSocket>();
  const { forward } = await api(t, {
    connection(ws) {
      ports(ws);
      ws.on("message", (data: Buffer) => void got.push(data.subarray(1)));
      ws.pause();
      resolve(ws);
    },
  });
  const { local } = await forward();
  const bytes = randomBytes(16_000_000);
  const socket = await dial(local[0]!);
  socket.on("error", () => undefined);
  for (let at = 0; at < bytes.length; at += 1_000_000) socket.write(bytes.subarray(at, at + 1_000_000));
  const ws = await connected;
  let before = -1;
  // As much as fits on the way is on its way.
  await until(() => before === (before = socket.bytesWritten) && socket.writableLength > 0, "the client is held back");
  ws.resume();
  await until(() => got.reduce((sum, { length }) => sum + length, 0) === bytes.length, "the pod has all of it");
  assert.ok(Buffer.concat(got).equals(bytes));
});

test("holds back a pod that sends faster than the client reads", async (t) => {
  const blocks = 800;
  let sent = 0;
  const { forward } = await api(t, {
    connection(ws) {
      ports(ws);
      const block = Buffer.alloc(64 * 1024, "x");
      const more = (): void => {
        if (sent++ < blocks) ws.send(message(0, block), more);
        else ws.close(1000);
      };
      more();
    },
  });
  const { local } = await forward();
  const socket = await dial(local[0]!);
  let seen = -1;
  await until(() => {
    const still = seen === sent && sent > 0;
    seen = sent;
    return still;
  }, "nothing moves");
  assert.ok(sent < blocks, `${sent} blocks were taken`);
  assert.equal((await buffer(socket)).length, blocks * 64 * 1024);
  socket.end();
});

test("gives the client what came before the pod closed, then the end", async (t) => {
  const { forward } = await api(t, {
    connection(ws) {
      ports(ws);
      ws.send(message(0, "bye"));
      ws.close(1000);
    },
  });
  const { local } = await forward();
  const socket = await dial(local[0]!);
  assert.equal(String(await buffer(socket)), "bye");
  socket.end();
});

test("takes the port in pieces, and with data behind it", async (t) => {
  const { forward } = await api(t, {
    connection(ws) {
      ws.send(message(0, Buffer.from([80])));
      ws.send(message(0, Buffer.concat([Buffer.from([0]), Buffer.from("data")])));
      ws.close(1000);
    },
  });
  const { local } = await forward();
  const socket = await dial(local[0]!);
  assert.equal(String(await buffer(socket)), "data");
  socket.end();
});

test("says what the error channel says, cuts the client, and goes on", async (t) => {
  const errors: string[] = [];
  let refuse = true;
  const { forward } = await api(t, {
    connection(ws) {
      if (!refuse) return echo(ws);
      ports(ws);
      ws.send(message(1, "error forwarding port 80 to pod web-1: connection refused"));
      ws.close(1000);
    },
  });
  const { local } = await forward({ onError: (error, port) => errors.push(`${port.remote} ${error.message}`) });
  const socket = await dial(local[0]!);
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNRESET");
  await until(() => errors.length === 1, "the error is told");
  assert.match(errors[0]!, /^80 forward to pod shop\/web-1: error forwarding port 80 .* connection refused$/);
  refuse = false;
  const next = await dial(local[0]!);
  next.write("x");
  assert.equal(String((await once(next, "data"))[0]), "x");
  next.end();
});

test("cuts the client when the connection to the server is cut", async (t) => {
  const errors: Error[] = [];
  const { forward, sockets } = await api(t, { connection: echo });
  const { local } = await forward({ onError: (error) => errors.push(error) });
  const socket = await dial(local[0]!);
  socket.write("x");
  await once(socket, "data");
  sockets[0]!.resetAndDestroy();
  await once(socket, "error");
  await until(() => errors.length === 1, "the error is told");
  assert.ok(isKubeError(errors[0], "connection"));
});

test("ends when the pod is gone, and not while it is there", async (t) => {
  let pod: () => Promise<KrmObject> = async () => podIn("Running");
  const errors: Error[] = [];
  const { forward, open } = await api(
    t,
    { upgrade: (_request, socket) => (answerStatus(socket, 404, "NotFound", 'pods "web-1" not found'), true) },
    () => pod(),
  );
  const { local, ended } = await forward({ onError: (error) => errors.push(error) });
  const first = await dial(local[0]!);
  await once(first, "error");
  await until(() => errors.length === 1, "the error is told");
  pod = async () => podIn("Succeeded");
  const second = await dial(local[0]!);
  await once(second, "error");
  await assert.rejects(ended, (error) => isKubeError(error, "gone") && /has ended: Succeeded/.test(error.message));
  await assert.rejects(dial(local[0]!), { code: "ECONNREFUSED" });
  await until(() => open() === 0, "the connections are closed");

  pod = async () => podIn("Running");
  const again = await forward();
  pod = async () => Promise.reject(new KubeError("not-found", 'pods "web-1" not found'));
  await once(await dial(again.local[0]!), "error");
  await assert.rejects(again.ended, (error) => isKubeError(error, "not-found"));
});

test("refuses a pod that does not run, and a local port that is taken", async (t) => {
  let phase = "Pending";
  const { client } = await api(t, {}, async () => podIn(phase));
  const options = { ports: [{ remote: 80 }] };
  await assert.rejects(portForward(client(), key, options), (error) => {
    assert.ok(isKubeError(error, "unavailable"));
    assert.match(error.message, /the pod is not running but Pending/);
    return true;
  });
  phase = "Running";
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const both = { ports: [{ remote: 80 }, { remote: 81, local: port }] };
  await assert.rejects(portForward(client(), key, both), (error) => {
    assert.ok(isKubeError(error, "config"));
    assert.equal(error.message, `port ${port} of 127.0.0.1 cannot be listened on: it is in use`);
    return true;
  });
  taken.close();
});

test("closes the connection when the client goes, at once or after a silence it may be half-closed in", async (t) => {
  const clock = virtualClock();
  const { forward, open, requests } = await api(t, { connection: echo });
  const { local } = await forward({ clock, lingerMs: 1000 });
  const abrupt = await dial(local[0]!);
  abrupt.write("x");
  await once(abrupt, "data");
  abrupt.resetAndDestroy();
  await until(() => open() === 0 && requests.length === 1, "the connection is closed");

  const half = await dial(local[0]!);
  half.write("x");
  await once(half, "data");
  half.end("last");
  assert.equal(String((await once(half, "data"))[0]), "last");
  // The heartbeat and the silence.
  await until(() => clock.pending === 2, "it waits");
  clock.advance(1000);
  await until(() => half.readableEnded || half.destroyed || half.readableLength === 0, "the end comes");
  half.resume();
  await once(half, "end");
  await until(() => open() === 0, "the connection is closed");
});

test("serves many connections at once", async (t) => {
  const { forward, open } = await api(t, { connection: echo });
  // A client that closes looks like one that only has no more to say.
  const { local, close } = await forward({ lingerMs: 10 });
  await Promise.all(
    Array.from({ length: 60 }, async (_value, index) => {
      const socket = await dial(local[0]!);
      const text = `connection ${index}`;
      socket.write(text);
      assert.equal(String((await once(socket, "data"))[0]), text);
      socket.destroy();
    }),
  );
  await until(() => open() === 0, "the connections are closed");
  await close();
});

test("ends with its signal, in the middle of handshakes and transfers", async (t) => {
  const stop = new AbortController();
  let silent = false;
  const { forward, open, requests } = await api(t, {
    upgrade: () => silent,
    connection: echo,
  });
  const { local, ended } = await forward({ signal: stop.signal });
  const running = await dial(local[0]!);
  running.write("x");
  await once(running, "data");
  silent = true;
  const waiting = await dial(local[0]!);
  await until(() => requests.length === 2, "a handshake is under way");
  const closed = Promise.all([running, waiting].map((socket) => once(socket.resume(), "close")));
  for (const socket of [running, waiting]) socket.on("end", () => socket.end()).on("error", () => undefined);
  stop.abort();
  await assert.rejects(ended, (error) => isKubeError(error, "aborted"));
  await closed;
  await until(() => open() === 0, "the connections are closed");
});

async function hasIpv6(): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(0, "::1", () => server.close(() => resolve(true)));
  });
}
