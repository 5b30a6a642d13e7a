import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamSink } from "../request.ts";
import { pacedFrames, type LateFrame } from "./paced-frames.ts";

interface Client {
  readonly sink: StreamSink;
  readonly got: string[];
  made: number;
  /** How many more it takes before it must be asked to go on. */
  room: number;
  takes(count: number): void;
}

function client(room: number): Client {
  let onDrain: (() => void) | undefined;
  const self: Client = {
    got: [],
    made: 0,
    room,
    sink: {
      write(bytes) {
        self.got.push(Buffer.from(bytes).toString());
        return --self.room > 0;
      },
      onDrain: (callback) => void (onDrain = callback),
      end: () => void self.got.push("end"),
    },
    takes(count) {
      self.room = count;
      const drained = onDrain;
      onDrain = undefined;
      drained?.();
    },
  };
  return self;
}

function frame(self: Client, text: string, size = 1): LateFrame {
  return {
    size,
    make: () => {
      self.made++;
      return Buffer.from(text);
    },
  };
}

test("makes no more of what there was than the client takes, and events wait behind it", () => {
  const self = client(2);
  const initial = ["a", "b", "c", "d"].map((text) => frame(self, text));
  const paced = pacedFrames(self.sink, initial, () => assert.fail("it is not slow"));
  paced.push(frame(self, "e"));
  assert.deepEqual([self.got, self.made], [["a", "b"], 2]);
  self.takes(1);
  assert.deepEqual(self.got, ["a", "b", "c"]);
  self.takes(10);
  assert.deepEqual(self.got, ["a", "b", "c", "d", "e"]);
  paced.push(frame(self, "f"));
  assert.equal(self.got.at(-1), "f");
});

test("gives a client up that falls behind by more events than may wait", () => {
  const self = client(1);
  let slow = 0;
  const paced = pacedFrames(self.sink, [], () => void slow++, { events: 3, bytes: 1000 });
  for (const text of ["a", "b", "c", "d"]) paced.push(frame(self, text));
  assert.equal(slow, 0);
  paced.push(frame(self, "e"));
  paced.push(frame(self, "f"));
  self.takes(10);
  assert.deepEqual([slow, self.got, self.made], [1, ["a"], 1]);
});

test("counts the bytes that wait, and forgets those that were sent", () => {
  const self = client(1);
  let slow = 0;
  const paced = pacedFrames(self.sink, [], () => void slow++, { events: 100, bytes: 10 });
  for (let round = 0; round < 5; round++) {
    paced.push(frame(self, "x", 5));
    paced.push(frame(self, "y", 5));
    self.takes(3);
    assert.equal(slow, 0);
    self.takes(1);
  }
  self.takes(1);
  for (let i = 0; i < 4; i++) paced.push(frame(self, "z", 5));
  assert.equal(slow, 1);
});

test("sends nothing once it is stopped", () => {
  const self = client(1);
  const paced = pacedFrames(self.sink, [frame(self, "a"), frame(self, "b")], () => assert.fail("it is not slow"));
  paced.stop();
  self.takes(10);
  paced.push(frame(self, "c"));
  assert.deepEqual(self.got, ["a"]);
});
