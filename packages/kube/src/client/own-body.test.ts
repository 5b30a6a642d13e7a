import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { test } from "node:test";
import { isKubeError, KubeError } from "../errors.ts";
import { ownBody } from "./own-body.ts";
import { readBody } from "./read-body.ts";

async function textOf(body: Readable): Promise<string> {
  let text = "";
  for await (const chunk of body as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

test("gives everything, at the reader's speed", async () => {
  const source = Readable.from(
    Array.from({ length: 500 }, (_, index) => Buffer.alloc(1_000, String(index % 10))),
    { objectMode: false },
  );
  const own = ownBody(source);
  await once(own, "readable");
  assert.ok(own.readableLength < 100_000, `${own.readableLength}`);
  assert.equal((await textOf(own)).length, 500_000);
});

test("fails as the body does, before, while and after somebody looks", async () => {
  const error = new KubeError("connection", "lost");
  const source = new PassThrough();
  source.on("error", () => {});
  const own = ownBody(source);
  source.write("half");
  source.destroy(error);
  await assert.rejects(textOf(own), error);
  await assert.rejects(textOf(ownBody(source)), error);
  await assert.rejects(
    readBody(source, 100, () => "get"),
    error,
  );
});

test("calls a body that closes before its end broken off", async () => {
  const source = new PassThrough();
  const own = ownBody(source);
  source.destroy();
  await assert.rejects(textOf(own), (error) => isKubeError(error, "connection"));
});

test("ends the body when the reader has had enough", () => {
  const source = new PassThrough();
  ownBody(source).destroy();
  assert.equal(source.destroyed, true);
});
