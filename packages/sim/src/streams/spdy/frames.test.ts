import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, createDeflate, inflateSync } from "node:zlib";
import fc from "fast-check";
import { dictionaryId, headerDictionary } from "./dictionary.ts";
import { controlFrame, dataFrame, frameReader, frameType, type SpdyFrame, words } from "./frames.ts";
import { headerReader, headerWriter } from "./headers.ts";

/** As a client compresses: one zlib stream, flushed after each block. */
async function deflated(blocks: readonly Buffer[]): Promise<readonly Buffer[]> {
  const deflate = createDeflate({ dictionary: headerDictionary });
  const result: Buffer[] = [];
  let chunks: Buffer[] = [];
  deflate.on("data", (chunk: Buffer) => chunks.push(chunk));
  for (const text of blocks) {
    deflate.write(text);
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    result.push(Buffer.concat(chunks));
    chunks = [];
  }
  deflate.destroy();
  return result;
}

function block(headers: Readonly<Record<string, string>>): Buffer {
  const texts = Object.entries(headers).flat();
  const counts = texts.flatMap((text) => [words(Buffer.byteLength(text)), Buffer.from(text)]);
  return Buffer.concat([words(Object.keys(headers).length), ...counts]);
}

test("has the dictionary of the specification", () => {
  // Its Adler-32, as every implementation has it.
  let [a, b] = [1, 0];
  for (const byte of headerDictionary) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  assert.equal(b * 65536 + a, dictionaryId);
});

test("reads headers that refer to earlier ones", async () => {
  const all = [{ streamtype: "error", port: "80" }, { streamtype: "data", port: "80" }, {}, { x: "y".repeat(40_000) }];
  const read = headerReader();
  const blocks = await deflated([...all, ...all].map(block));
  assert.ok(blocks[1]!.length < 40);
  assert.deepEqual(
    blocks.map((bytes) => Object.fromEntries(read(bytes) ?? [["broken", ""]])),
    [...all, ...all],
  );
});

test("writes headers that any zlib reads", () => {
  const write = headerWriter();
  const headers = [new Map([["a", "b"]]), new Map<string, string>(), new Map([["grün", "ü".repeat(1_000)]])];
  const blocks = headers.map(write);
  // Without it, Go's reader waits for what comes next.
  for (const one of blocks) assert.ok(one.subarray(-4).equals(Buffer.from([0, 0, 0xff, 0xff])));
  const stream = Buffer.concat(blocks);
  const text = inflateSync(stream, { dictionary: headerDictionary, finishFlush: constants.Z_SYNC_FLUSH });
  assert.ok(text.equals(Buffer.concat(headers.map((one) => block(Object.fromEntries(one))))));
  const again = headerWriter();
  const read = headerReader();
  assert.deepEqual(
    headers.map((one) => read(again(one))),
    headers,
  );
});

test("refuses headers that are malformed or grow too large, and all after them", async () => {
  const bomb = Buffer.concat([words(1, 1), Buffer.from("a"), words(200_000), Buffer.alloc(200_000)]);
  const upper = block({ Streamtype: "x" });
  const twice = Buffer.concat([words(2), block({ a: "b" }).subarray(4), block({ a: "c" }).subarray(4)]);
  const short = block({ a: "b" }).subarray(0, -1);
  const long = Buffer.concat([block({ a: "b" }), Buffer.from("x")]);
  const many = block(Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`h${i}`, ""])));
  for (const bad of [bomb, upper, twice, short, long, many, Buffer.alloc(0)]) {
    const read = headerReader();
    const [first, second] = await deflated([bad, block({ a: "b" })]);
    assert.equal(read(first!), undefined);
    assert.equal(read(second!), undefined);
  }
});

test("reads the same frames however the bytes are cut", async () => {
  const [first, second] = await deflated([block({ streamtype: "data" }), block({ streamtype: "error" })]);
  const bytes = Buffer.concat([
    controlFrame(frameType.settings, 0, words(1, 4, 100)),
    controlFrame(frameType.synStream, 0, Buffer.concat([words(1, 0), Buffer.from([0, 0]), first!])),
    dataFrame(1, Buffer.from("hello"), false),
    controlFrame(frameType.ping, 0, words(7)),
    controlFrame(frameType.synStream, 1, Buffer.concat([words(3, 0), Buffer.from([0, 0]), second!])),
    dataFrame(1, Buffer.alloc(0), true),
    controlFrame(frameType.windowUpdate, 0, words(1, 100)),
    controlFrame(frameType.reset, 0, words(3, 5)),
    controlFrame(99, 0, words(1)),
    controlFrame(frameType.goaway, 0, words(3, 0)),
  ]);
  const expected = [
    "other",
    "open 1 data",
    "data 1 hello",
    "ping 7",
    "open 3 error last",
    "data 1 last",
    "other",
    "reset 3 5",
    "other",
    "goaway",
  ];
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 40 }), (cuts) => {
      const read = frameReader();
      const frames: SpdyFrame[] = [];
      let offset = 0;
      for (let i = 0; offset < bytes.length; i++) {
        const size = cuts[i % cuts.length]!;
        frames.push(...read(bytes.subarray(offset, offset + size)));
        offset += size;
      }
      assert.deepEqual(joined(frames), expected);
    }),
    { seed: 3, numRuns: 100 },
  );
});

/** Pieces of data put together. */
function joined(frames: readonly SpdyFrame[]): string[] {
  const texts: string[] = [];
  for (const frame of frames) {
    const text = describe(frame);
    if (frame.kind === "data" && texts.at(-1)?.startsWith(`data ${frame.id} `))
      texts[texts.length - 1] += text.slice(7);
    else texts.push(text);
  }
  return texts;
}

function describe(frame: SpdyFrame): string {
  switch (frame.kind) {
    case "open":
      return `open ${frame.id} ${frame.headers.get("streamtype")}${frame.isLast ? " last" : ""}`;
    case "data":
      return `data ${frame.id} ${frame.isLast ? "last" : frame.data.toString()}`;
    case "reset":
      return `reset ${frame.id} ${frame.status}`;
    case "ping":
      return `ping ${frame.id}`;
    case "error":
      return `error: ${frame.message}`;
    case "headers":
    case "goaway":
    case "other":
      return frame.kind;
  }
}

test("stops at the first bytes that are no frame", () => {
  const bad = [
    dataFrame(0, Buffer.from("x"), false),
    Buffer.from("GET / HTTP/1.1\r\n\r\n\xff"),
    Buffer.from([0x80, 2, 0, 1, 0, 0, 0, 0]),
    Buffer.from([0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff]),
    controlFrame(frameType.synStream, 0, words(1, 0, 0)),
    controlFrame(frameType.synStream, 0, Buffer.alloc(4)),
    controlFrame(frameType.reset, 0, words(1)),
    controlFrame(frameType.ping, 0, Buffer.alloc(0)),
  ];
  for (const bytes of bad) {
    const read = frameReader();
    const frames = read(Buffer.concat([bytes, Buffer.alloc(100, 0x41)]));
    if (bytes[0] === 0x47)
      assert.deepEqual(
        frames.map(({ kind }) => kind),
        ["data"],
      );
    else
      assert.deepEqual(
        frames.map(({ kind }) => kind),
        ["error"],
      );
    if (bytes[0] !== 0x47) assert.deepEqual(read(controlFrame(frameType.ping, 0, words(1))), []);
  }
});

test("never throws and never grows, whatever comes", () => {
  const frame = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.integer({ min: 0, max: 11 }), fc.integer({ min: 0, max: 3 }), fc.uint8Array({ maxLength: 40 }))
      .map(([type, flags, payload]) => controlFrame(type, flags, Buffer.from(payload))),
    fc
      .tuple(fc.integer({ min: 0, max: 5 }), fc.uint8Array({ maxLength: 40 }), fc.boolean())
      .map(([id, data, isLast]) => dataFrame(id, data, isLast)),
  );
  let errors = 0;
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), (chunks) => {
      const read = frameReader();
      let length = 0;
      const frames = chunks.flatMap((chunk) => {
        length += chunk.length;
        return read(chunk);
      });
      const data = frames.reduce((sum, one) => sum + (one.kind === "data" ? one.data.length : 0), 0);
      assert.ok(data <= length);
      const at = frames.findIndex(({ kind }) => kind === "error");
      if (at >= 0) errors++;
      assert.ok(at < 0 || at === frames.length - 1);
    }),
    { seed: 5, numRuns: 1_000 },
  );
  assert.ok(errors > 100);
});
