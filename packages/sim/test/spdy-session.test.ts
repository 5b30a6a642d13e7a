import assert from "node:assert/strict";
import { type Duplex, duplexPair } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { controlFrame, dataFrame, frameType, words } from "../src/streams/spdy/frames.ts";
import { headerWriter } from "../src/streams/spdy/headers.ts";
import { type SpdySession, spdySession, type SpdyStream } from "../src/streams/spdy/session.ts";
import { spdyClient, type SpdyClient } from "./spdy-client.ts";

interface Pair {
  readonly client: SpdyClient;
  readonly transport: Duplex;
  /** The session's end. */
  readonly far: Duplex;
  readonly session: SpdySession;
  readonly streams: SpdyStream[];
  readonly closed: () => number;
}

function pair(accept: (stream: SpdyStream) => boolean = () => true, mostStreams = 10): Pair {
  const [near, far] = duplexPair();
  const streams: SpdyStream[] = [];
  let closed = 0;
  const session = spdySession(far, {
    mostStreams,
    onClose: () => closed++,
    onStream(stream) {
      streams.push(stream);
      return accept(stream);
    },
  });
  return { client: spdyClient(near), transport: near, far, session, streams, closed: () => closed };
}

/** Lets all that is under way arrive. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

test("answers streams and carries both directions until both have ended", async () => {
  const { client, streams } = pair((stream) => {
    stream.pipe(stream);
    return true;
  });
  const [one, two] = [client.open({ streamtype: "data" }), client.open({ streamtype: "error" })];
  client.data(one, "hello");
  client.data(two, "x".repeat(100_000));
  client.data(one, " world", true);
  await settle();
  assert.deepEqual([streams[0]!.headers.get("streamtype"), streams[1]!.spdyId], ["data", two]);
  assert.equal(client.received(one), "hello world");
  assert.equal(client.received(two).length, 100_000);
  assert.deepEqual([client.events(one), client.events(two)], [["reply", "last"], ["reply"]]);
  assert.ok(streams[0]!.destroyed && !streams[1]!.destroyed);
});

test("refuses streams that are not a client's, too many, or unwanted", async () => {
  const { client } = pair(({ headers }) => headers.get("a") !== "no", 2);
  client.open({}, 2);
  client.open({}, 5);
  client.open({}, 5);
  client.open({}, 3);
  client.open({ a: "no" }, 7);
  client.open({}, 9);
  client.open({}, 11);
  await settle();
  const all = [2, 3, 5, 7, 9, 11].map((id) => client.events(id));
  assert.deepEqual(all, [["reset 1"], ["reset 1"], ["reply", "reset 1"], ["reply", "reset 5"], ["reply"], ["reset 3"]]);
});

test("answers pings of the client and no others, and heeds a goodbye", async () => {
  const { client, streams } = pair();
  client.send(controlFrame(frameType.ping, 0, words(7)));
  client.send(controlFrame(frameType.ping, 0, words(8)));
  client.send(controlFrame(frameType.settings, 0, words(0)));
  client.send(controlFrame(frameType.goaway, 0, words(0, 0)));
  client.open({});
  await settle();
  assert.deepEqual(client.frames, [
    { kind: "ping", id: 7 },
    { kind: "reset", id: 1, status: 3 },
  ]);
  assert.equal(streams.length, 0);
});

test("tells a reset apart from an end", async () => {
  const { client, streams } = pair();
  const [cut, unread, broken] = [client.open({}), client.open({}), client.open({})];
  let hasEnded = false;
  await settle();
  streams[0]!.on("end", () => (hasEnded = true)).resume();
  client.reset(cut);
  client.data(unread, "x", true);
  streams[1]!.end("bye");
  streams[2]!.destroy(new Error("broken"));
  client.data(broken, "late");
  await settle();
  assert.ok(streams[0]!.destroyed && !hasEnded);
  assert.deepEqual(client.events(cut), ["reply"]);
  assert.equal(client.received(unread), "bye");
  assert.deepEqual(client.events(broken), ["reply", "reset 5"]);
});

test("reads no more while a stream is not read, and goes on when it is", async () => {
  const { client, transport, streams } = pair();
  const id = client.open({});
  const piece = Buffer.alloc(64 * 1024);
  let sent = 0;
  while (sent < 1_000 && transport.writableLength < 1_000_000) {
    client.data(id, piece);
    sent++;
    await settle();
  }
  assert.ok(sent < 100, `${sent} pieces are taken`);
  let received = 0;
  streams[0]!.on("data", (chunk: Buffer) => (received += chunk.length));
  while (transport.writableLength > 0) await settle();
  await settle();
  assert.equal(received, sent * piece.length);
});

test("ends with a goodbye when it is closed or gets what is no SPDY, once, and all streams with it", async () => {
  for (const [saysGoodbye, end] of [
    [true, (one: Pair) => one.session.close()],
    [true, (one: Pair) => one.client.send(Buffer.from([0x80, 9, 9, 9, 9, 9, 9, 9]))],
    [true, (one: Pair) => void one.transport.end()],
    [false, (one: Pair) => void one.far.destroy()],
  ] as const) {
    const one = pair();
    one.client.open({});
    await settle();
    end(one);
    await settle();
    one.session.close();
    await settle();
    assert.ok(one.streams[0]!.destroyed);
    if (!one.transport.destroyed) one.transport.end();
    await settle();
    assert.equal(one.closed(), 1);
    assert.equal(
      one.client.frames.some(({ kind }) => kind === "goaway"),
      saysGoodbye,
    );
  }
});

test("survives any order of frames", async () => {
  const id = fc.integer({ min: 0, max: 9 });
  const step = fc.oneof(
    id.map((n) => (write: ReturnType<typeof headerWriter>) => {
      const head = Buffer.concat([words(n, 0), Buffer.from([0, 0]), write(new Map([["streamtype", "data"]]))]);
      return controlFrame(frameType.synStream, n % 2, head);
    }),
    fc.tuple(id, fc.uint8Array({ maxLength: 20 }), fc.boolean()).map(
      ([n, data, isLast]) =>
        () =>
          dataFrame(n + 1, data, isLast),
    ),
    fc.tuple(fc.integer({ min: 2, max: 10 }), id, id).map(
      ([type, a, b]) =>
        () =>
          controlFrame(type === 2 || type === 8 ? 99 : type, 0, words(a + 1, b)),
    ),
    fc.constant(() => controlFrame(frameType.ping, 0, words(3))),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => () => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      const one = pair((stream) => {
        stream.pipe(stream);
        return stream.spdyId % 3 !== 0;
      }, 3);
      const write = headerWriter();
      for (const make of steps) one.client.send(make(write));
      await settle();
      one.transport.end();
      await settle();
      assert.equal(one.closed(), 1);
      for (const stream of one.streams) assert.ok(stream.destroyed);
    }),
    { seed: 11, numRuns: 200 },
  );
});
