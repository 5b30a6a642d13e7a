import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { isKubeError, KubeError } from "../errors.ts";
import { readBytes } from "./read-bytes.ts";

const text = JSON.stringify({ items: Array.from({ length: 5000 }, (_, i) => `item ${i}`) });

/** In chunks of so many bytes. */
function bodyOf(bytes: Buffer, chunk: number): Readable {
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunk) chunks.push(bytes.subarray(at, at + chunk));
  return Readable.from(chunks);
}

for (const chunk of [1000, 1e9]) {
  test(`reads a plain and a compressed body, in chunks of ${chunk} bytes`, async () => {
    assert.equal((await readBytes(bodyOf(Buffer.from(text), chunk), 1e6)).toString(), text);
    assert.equal((await readBytes(bodyOf(gzipSync(text), chunk), 1e6)).toString(), text);
  });
}

test("reads nothing from an empty body", async () => {
  assert.equal((await readBytes(Readable.from([]), 10)).length, 0);
});

test("refuses what is too large, also when it was small while compressed", async () => {
  const tooLarge = (error: unknown): boolean => isKubeError(error, "too-large");
  await assert.rejects(readBytes(bodyOf(Buffer.from(text), 1000), 5000), tooLarge);
  await assert.rejects(readBytes(bodyOf(gzipSync(Buffer.alloc(1e6)), 1e9), 5000), tooLarge);
});

test("says that a compressed body is cut off or broken", async () => {
  const protocol = (error: unknown): boolean => isKubeError(error, "protocol");
  const zipped = gzipSync(text);
  await assert.rejects(readBytes(bodyOf(zipped.subarray(0, zipped.length / 2), 100), 1e6), protocol);
  const broken = Buffer.from(zipped);
  broken.fill(0, 20, 200);
  await assert.rejects(readBytes(bodyOf(broken, 100), 1e6), protocol);
});

test("passes on how a body fails", async () => {
  for (const start of [Buffer.from("{"), gzipSync(text).subarray(0, 100)]) {
    const body = new Readable({ read() {} });
    body.push(start);
    const reading = readBytes(body, 1e6);
    setImmediate(() => body.destroy(new KubeError("connection", "reset")));
    await assert.rejects(reading, (error) => isKubeError(error, "connection"));
  }
});

test("waits for a slow decompression without a listener for each chunk", async () => {
  const warnings: string[] = [];
  const note = (warning: Error): void => void warnings.push(warning.message);
  process.on("warning", note);
  await readBytes(bodyOf(gzipSync(Buffer.alloc(4e6), { level: 0 }), 65_536), 5e6);
  // Warnings are told in a turn of their own.
  await new Promise(setImmediate);
  process.off("warning", note);
  assert.deepEqual(warnings, []);
});
