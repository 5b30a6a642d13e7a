import assert from "node:assert/strict";
import { test } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { WebSocket } from "ws";
import { Duplex } from "node:stream";
import { podServer, type PodServer, tcpServer } from "./pod-server.ts";
import { until } from "./serve-harness.ts";
import { spdyClient } from "./spdy-client.ts";

const pods = "/api/v1/namespaces/default/pods/web";

interface Socket {
  readonly ws: WebSocket;
  /** What came on a channel, as text. */
  received(channel: number): string;
  readonly messages: readonly Buffer[];
  closed(): number | undefined;
}

function open(server: PodServer, path: string, protocol: string): Promise<Socket> {
  const url = `${server.server.url.replace("https", "wss")}${pods}/${path}`;
  const ws = new WebSocket(url, protocol, { ca: server.certificates.authority.certificate });
  const messages: Buffer[] = [];
  let code: number | undefined;
  ws.on("message", (data) => messages.push(data as Buffer));
  ws.on("close", (closed) => (code = closed));
  const socket: Socket = {
    ws,
    messages,
    received: (channel) =>
      Buffer.concat(messages.filter((data) => data[0] === channel).map((data) => data.subarray(1))).toString(),
    closed: () => code,
  };
  return new Promise((resolve, reject) => {
    ws.on("open", () => resolve(socket));
    ws.on("error", reject);
  });
}

function command(script: string): string {
  return [process.execPath, "-e", script].map((part) => `command=${encodeURIComponent(part)}`).join("&");
}

test("speaks v4, which has no end of input, and names the protocol", async (t) => {
  const server = await podServer(t);
  const script = "process.stdin.once('data', (text) => { process.stdout.write(text); process.exit(4) })";
  const socket = await open(server, `exec?${command(script)}&stdin=1&stdout=true`, "v4.channel.k8s.io");
  assert.equal(socket.ws.protocol, "v4.channel.k8s.io");
  await until(() => socket.messages.length === 1, "the empty message");
  assert.deepEqual([...socket.messages[0]!], [1]);
  socket.ws.send(Buffer.from([255, 0]));
  socket.ws.send(Buffer.from("\0hello"));
  await until(() => socket.closed() !== undefined, "the end");
  assert.deepEqual([socket.closed(), socket.received(1)], [1000, "hello"]);
  assert.equal(JSON.parse(socket.received(3)).details.causes[0].message, "4");
});

test("prefers what the client names first, and refuses what it does not know", async (t) => {
  const server = await podServer(t);
  const exec = `${pods}/exec?stdout=true&command=x`;
  const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
  const key = { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==" };
  const unknown = { ...headers, ...key, "sec-websocket-protocol": "base64.channel.k8s.io" };
  assert.equal((await server.http1({ path: exec, headers: unknown })).status, 403);
  const noKey = { ...headers, "sec-websocket-protocol": "v5.channel.k8s.io" };
  assert.equal((await server.http1({ path: exec, headers: noKey })).status, 400);
  const spdy = { connection: "Upgrade", upgrade: "SPDY/3.1" };
  const none = await server.http1({ method: "POST", path: exec, headers: spdy });
  assert.equal(none.status, 400);
  const old = { ...spdy, "x-stream-protocol-version": "v2.channel.k8s.io" };
  const refused = await server.http1({ method: "POST", path: exec, headers: old });
  assert.equal(refused.status, 403);
  assert.equal(refused.headers["x-accepted-stream-protocol-versions"], "v4.channel.k8s.io");
  const ports = { ...headers, ...key, "sec-websocket-protocol": "v4.channel.k8s.io" };
  for (const query of ["", "?ports=", "?ports=0", "?ports=80,x", "?ports=70000"]) {
    assert.equal((await server.http1({ path: `${pods}/portforward${query}`, headers: ports })).status, 400);
  }
});

test("ends a connection that breaks the protocol, and the command with it", async (t) => {
  const server = await podServer(t);
  for (const [bad, code] of [
    [Buffer.from([255]), 1002],
    [Buffer.from([255, 0, 0]), 1002],
    [Buffer.alloc(5 * 1024 * 1024), 1009],
  ] as const) {
    const socket = await open(server, `exec?${command("setTimeout(() => {}, 60e3)")}&stdout=true`, "v5.channel.k8s.io");
    await until(() => server.running() === 1, "it runs");
    socket.ws.send(Buffer.alloc(0));
    socket.ws.send(Buffer.from([9, 9, 9]));
    socket.ws.send(bad);
    await until(() => socket.closed() !== undefined, "the end");
    assert.equal(socket.closed(), code);
    await until(() => server.running() === 0, "the command is killed");
  }
});

test("forwards several ports in one connection, each led by its number", async (t) => {
  const hello = await tcpServer(t, (socket) => socket.end("hello"));
  const echo = await tcpServer(t, (socket) => socket.pipe(socket));
  const server = await podServer(t);
  const socket = await open(server, `portforward?ports=${hello.port}&ports=${echo.port}`, "v4.channel.k8s.io");
  const head = (port: number): string => Buffer.from([port & 255, port >> 8]).toString();
  socket.ws.send(Buffer.from("\u0002ping"));
  await until(() => socket.received(2).endsWith("ping"), "the echo");
  await until(() => socket.received(0).endsWith("hello"), "the greeting");
  assert.equal(socket.received(0), `${head(hello.port)}hello`);
  assert.equal(socket.received(3), head(echo.port));
  socket.ws.close();
  await until(() => echo.sockets[0]!.destroyed, "the pod's side is closed");
});

/** A WebSocket by hand: the library refuses protocols with a slash in their names. */
function tunnel(server: PodServer): Promise<{ readonly transport: Duplex; readonly head: string }> {
  return new Promise((resolve, reject) => {
    const tls: TLSSocket = connectTls({
      port: server.server.port,
      host: "127.0.0.1",
      ca: server.certificates.authority.certificate,
    });
    tls.on("error", reject);
    tls.write(
      `GET ${pods}/portforward HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" +
        "Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io\r\n\r\n",
    );
    let head = "";
    let pending = Buffer.alloc(0);
    const transport = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, callback) {
        // A binary message, masked with nothing, as short as clients' are.
        assert.ok(chunk.length < 126);
        tls.write(Buffer.concat([Buffer.from([0x82, 0x80 | chunk.length, 0, 0, 0, 0]), chunk]), callback);
      },
    });
    tls.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      if (head === "") {
        const end = pending.indexOf("\r\n\r\n");
        if (end < 0) return;
        head = pending.toString("latin1", 0, end);
        pending = pending.subarray(end + 4);
        resolve({ transport, head });
      }
      while (pending.length >= 2 && pending.length >= 2 + (pending[1]! & 0x7f)) {
        const length = pending[1]!;
        if (pending[0] === 0x82) transport.push(pending.subarray(2, 2 + length));
        pending = pending.subarray(2 + length);
      }
    });
    tls.on("close", () => transport.push(null));
  });
}

test("forwards ports over SPDY inside a WebSocket, as kubectl does", async (t) => {
  const echo = await tcpServer(t, (socket) => socket.pipe(socket));
  const server = await podServer(t);
  const { transport, head } = await tunnel(server);
  assert.match(head, /^HTTP\/1\.1 101 [^]*\r\nSec-WebSocket-Protocol: SPDY\/3\.1\+portforward\.k8s\.io$/im);
  const client = spdyClient(transport);
  const headers = { port: String(echo.port), requestid: "0" };
  client.data(client.open({ ...headers, streamtype: "error" }), "", true);
  const data = client.open({ ...headers, streamtype: "data" });
  client.data(data, "hello", true);
  await until(() => client.events(data).includes("last"), "the end");
  assert.equal(client.received(data), "hello");
});
