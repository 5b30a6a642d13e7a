import assert from "node:assert/strict";
import { test } from "node:test";
import type { WebSocket } from "ws";
import { createOutbox, frameBytes, sendFrames } from "./frames.ts";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const never = (): boolean => false;

type SentMessage = [message: Buffer, told: (error?: Error | null) => void];

interface FakeSocket {
  readonly ws: WebSocket;
  readonly sent: string[];
  bufferedAmount: number;
  readyState: number;
  /** With what it says later that a message has gone; absent: it never does. */
  flushed?: Error | null | undefined;
}

/** What was sent, with nothing behind it. */
function fakeSocket(): FakeSocket {
  const sent: string[] = [];
  const fake: Omit<FakeSocket, "ws"> & { readonly OPEN: number; send: (...of: SentMessage) => void } = {
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    sent,
    send(message, told) {
      sent.push(`${message[0]}:${message.length - 1}`);
      if ("flushed" in fake) setImmediate(() => told(fake.flushed));
    },
  };
  return Object.assign(fake, { ws: fake as unknown as WebSocket });
}

test("sends a message in each round of the event loop, in order", async () => {
  const { ws, sent } = fakeSocket();
  const outbox = createOutbox(ws);
  for (const channel of [1, 2, 3]) outbox.send(Buffer.from([channel]));
  for (const expected of [[], ["1:0"], ["1:0", "2:0"], ["1:0", "2:0", "3:0"]]) {
    assert.deepEqual(sent, expected);
    await turn();
  }
  outbox.send(Buffer.from([4]));
  await turn();
  assert.equal(sent.at(-1), "4:0");
});

test("cuts what is longer than a message, and is done when all of it is sent", async () => {
  const { ws, sent } = fakeSocket();
  const outbox = createOutbox(ws);
  await new Promise<void>((resolve, reject) =>
    sendFrames(outbox, 7, Buffer.alloc(frameBytes * 2 + 5), never, (error) =>
      error === undefined ? resolve() : reject(error),
    ),
  );
  assert.deepEqual(sent, [`7:${frameBytes}`, `7:${frameBytes}`, "7:5"]);
});

test("sends at once what is left when nobody waits for anything any more", () => {
  const { ws, sent } = fakeSocket();
  const outbox = createOutbox(ws);
  let isDone = false;
  sendFrames(outbox, 7, Buffer.alloc(frameBytes * 3), never, () => {
    isDone = true;
    outbox.send(Buffer.from([255, 7]));
  });
  outbox.flush();
  assert.deepEqual(sent, [`7:${frameBytes}`, `7:${frameBytes}`, `7:${frameBytes}`, "255:1"]);
  assert.equal(isDone, true);
});

test("sends nothing of a channel behind the message that ends it", () => {
  const { ws, sent } = fakeSocket();
  const outbox = createOutbox(ws);
  let isGone = false;
  sendFrames(
    outbox,
    7,
    Buffer.alloc(frameBytes * 3),
    () => isGone,
    () => undefined,
  );
  isGone = true;
  outbox.send(Buffer.from([255, 7]));
  outbox.flush();
  assert.deepEqual(sent, [`7:${frameBytes}`, "255:1"]);
});

test("tells a writer that the connection has ended, and sends nothing", async () => {
  const socket = fakeSocket();
  const outbox = createOutbox(socket.ws);
  const failed = new Promise((resolve) => sendFrames(outbox, 7, Buffer.alloc(9), never, resolve));
  socket.readyState = 3;
  assert.match(String(await failed), /the connection is closed/);
  assert.deepEqual(socket.sent, []);
});

test("makes a writer wait while much is on its way", async () => {
  const socket = fakeSocket();
  const outbox = createOutbox(socket.ws);
  socket.bufferedAmount = 1e9;
  let isDone = false;
  sendFrames(outbox, 7, Buffer.alloc(9), never, () => (isDone = true));
  for (let round = 0; round < 5; round++) await turn();
  assert.deepEqual([socket.sent, isDone], [["7:9"], false]);
});

test("sends all of what waited, whichever way a socket says that there was no error", async () => {
  for (const none of [undefined, null]) {
    const socket = fakeSocket();
    socket.bufferedAmount = 1e9;
    socket.flushed = none;
    const outbox = createOutbox(socket.ws);
    const error = await new Promise((resolve) =>
      sendFrames(outbox, 7, Buffer.alloc(frameBytes * 2 + 5), never, resolve),
    );
    assert.equal(error, undefined);
    assert.deepEqual(socket.sent, [`7:${frameBytes}`, `7:${frameBytes}`, "7:5"]);
  }
});
