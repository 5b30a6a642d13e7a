import assert from "node:assert/strict";
import { connect as connectTcp } from "node:net";
import { test } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { virtualClock } from "@fairlead/apimachinery";
import type { UpgradedConnection } from "../src/api/request.ts";
import { get, type Harness, http2, serve, text, until } from "./serve-harness.ts";

function tls({ server, certificates }: Harness, protocol: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const options = { ca: certificates.authority.certificate, ALPNProtocols: [protocol], host: "127.0.0.1" };
    const socket = connectTls({ ...options, port: server.port }, () => resolve(socket));
    socket.on("error", reject);
  });
}

test("closes connections on which no request comes, however busily they do nothing", async (t) => {
  const machine = virtualClock();
  const harness = await serve(t, { machine, limits: { firstRequestMs: 1_000, idleMs: 5_000 } });
  const slow = await tls(harness, "http/1.1");
  const silent = await tls(harness, "h2");
  const session = harness.session();
  assert.equal((await http2(session, get("/"))).status, 200);
  slow.write("GET / HTTP/1.1\r\nHost: x\r\nA: ");
  await until(() => machine.pending === 3, "all are timed");
  const closed: string[] = [];
  slow.on("close", () => closed.push("slow")).resume();
  silent.on("close", () => closed.push("silent")).resume();
  machine.advance(999);
  slow.write("a");
  machine.advance(1);
  await until(() => closed.length === 2, "both are closed");
  assert.equal(session.closed, false);
  assert.equal((await http2(session, get("/"))).status, 200);
  machine.advance(4_999);
  assert.equal((await http2(session, get("/"))).status, 200);
  machine.advance(5_000);
  await until(() => session.closed, "the idle one is closed at last");
});

test("refuses heads that are too large, in both versions of HTTP", async (t) => {
  const harness = await serve(t, { limits: { head: 8_000 } });
  const large = { "x-large": "a".repeat(16_000) };
  assert.equal((await harness.http1({ headers: large })).status, 431);
  const session = harness.session();
  assert.equal((await http2(session, get("/"))).status, 200);
  await assert.rejects(http2(session, get("/", large)));
  assert.equal((await http2(session, get("/"))).status, 200);
});

test("accepts no more connections than allowed", async (t) => {
  const harness = await serve(t, { limits: { connections: 2 } });
  const sessions = [harness.session(), harness.session()];
  for (const session of sessions) assert.equal((await http2(session, get("/"))).status, 200);
  await assert.rejects(harness.http1({}));
  sessions[0]!.destroy();
  await until(() => sessions[0]!.destroyed, "one is gone");
  let status = 0;
  const again = async (): Promise<void> => {
    status = await harness.http1({}).then(
      (answer) => answer.status,
      () => 0,
    );
  };
  for (let i = 0; i < 100 && status !== 200; i++) await again();
  assert.equal(status, 200);
});

test("holds no more bodies than allowed", async (t) => {
  const harness = await serve(t, { limits: { bodies: 1_500 }, handle: () => Promise.resolve(text("")) });
  const session = harness.session();
  const post = { ":method": "POST", ":path": "/" };
  const first = session.request(post);
  first.write(Buffer.alloc(1_000));
  let status: number | undefined;
  first.on("response", (headers) => (status = headers[":status"])).resume();
  const statusOfSecond = async (): Promise<number> => (await http2(session, post, Buffer.alloc(1_000))).status;
  await until(() => first.writableLength === 0, "the first is under way");
  assert.equal(await statusOfSecond(), 429);
  first.end();
  await until(() => status === 200, "the first is served");
  assert.equal(await statusOfSecond(), 200);
});

test("survives what is neither TLS nor HTTP", async (t) => {
  const harness = await serve(t, {});
  for (const bytes of ["GET / HTTP/1.1\r\n\r\n", "\0\0\0", "\x16\x03\x01\xff\xff" + "x".repeat(100)]) {
    const socket = connectTcp(harness.server.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.end(bytes).resume();
    await new Promise((resolve) => socket.on("close", resolve));
  }
  for (const [protocol, bytes] of [
    ["h2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\xff".repeat(200)],
    ["h2", "no preface".repeat(10)],
    ["http/1.1", "NONSENSE\r\n\r\n"],
    ["http/1.1", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nx"],
  ] as const) {
    const socket = await tls(harness, protocol);
    socket.on("error", () => undefined);
    socket.write(Buffer.from(bytes, "latin1"));
    socket.resume();
    await new Promise((resolve) => socket.on("close", resolve));
  }
  assert.equal((await http2(harness.session(), get("/"))).status, 200);
});

test("hands connections over to other protocols, and answers over HTTP if it does not", async (t) => {
  const harness = await serve(t, {
    handle: ({ path, headers }) =>
      Promise.resolve(
        path === "/echo"
          ? {
              kind: "upgrade",
              accept({ socket, head }: UpgradedConnection) {
                socket.write(
                  `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${String(headers["upgrade"])}\r\n\r\n`,
                );
                if (head.length > 0) socket.write(head);
                socket.pipe(socket);
              },
            }
          : text("no", { status: 403 }),
      ),
  });
  const upgrade = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello`;
  const socket = await tls(harness, "http/1.1");
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += String(chunk)));
  socket.write(upgrade("/echo"));
  await until(() => received.endsWith("\r\n\r\nhello"), "what came with the head is heard");
  socket.write(" world");
  await until(() => received.endsWith("\r\n\r\nhello world"), "and what comes after");
  assert.match(received, /^HTTP\/1\.1 101 /);

  const other = await tls(harness, "http/1.1");
  let refused = "";
  other.on("data", (chunk: Buffer) => (refused += String(chunk)));
  other.write(upgrade("/other"));
  await new Promise((resolve) => other.on("close", resolve));
  assert.match(refused, /^HTTP\/1\.1 403 [^]*\r\n\r\nno$/);

  const plain = await http2(harness.session(), get("/echo"));
  assert.equal(plain.status, 400);
  assert.equal(JSON.parse(plain.body.toString()).message, "Upgrade request required");
  // An open connection of another protocol does not hold up the end.
  await harness.server.close(50);
  await until(() => socket.closed, "it is cut");
});
