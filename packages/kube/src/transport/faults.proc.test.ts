import assert from "node:assert/strict";
import { constants } from "node:http2";
import { test } from "node:test";
import fc from "fast-check";
import { type RawStream, startRawServer } from "../../test/raw-http2.ts";
import { readBody } from "../client/read-body.ts";
import { isKubeError } from "../errors.ts";
import { createTransport } from "./create-transport.ts";
import type { Transport } from "./transport.ts";

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;

/** What the server does with the next stream that comes. */
const faults = ["answer", "answer", "answer", "refuse", "reset", "break", "away", "calm", "cut", "rubbish"] as const;
type Fault = (typeof faults)[number];

/** Returns whether the server has seen the request: then it must not come again. */
function act(stream: RawStream, fault: Fault): boolean {
  const { connection, id, body } = stream;
  if (id > connection.lastStreamId) return false;
  switch (fault) {
    case "answer":
      stream.head();
      stream.data(`done ${body}`, true);
      return true;
    case "refuse":
      stream.reset(NGHTTP2_REFUSED_STREAM);
      return false;
    case "reset":
      stream.reset(NGHTTP2_INTERNAL_ERROR);
      return true;
    case "break":
      stream.head();
      stream.data("done");
      stream.reset(NGHTTP2_INTERNAL_ERROR);
      return true;
    case "away":
      connection.goaway(NGHTTP2_NO_ERROR, Math.max(0, id - 2));
      return false;
    case "calm":
      connection.goaway(NGHTTP2_ENHANCE_YOUR_CALM, Math.max(0, id - 2));
      return false;
    case "cut":
      connection.cut();
      return true;
    case "rubbish":
      connection.rubbish("HTTP/1.1 400 Bad Request\r\n\r\n");
      return true;
  }
}

async function post(transport: Transport, body: string): Promise<string> {
  try {
    const response = await transport.send({ method: "POST", path: "/", body, timeoutMs: 10_000 });
    return await readBody(response.body, 1_000, () => "post");
  } catch (error) {
    assert.ok(isKubeError(error, "connection", "protocol"), String(error));
    return error.unsent ? "unsent" : "failed";
  }
}

test("whatever a server does, each request ends, truthfully, and none that it has seen comes again", async () => {
  const script = fc.array(fc.constantFrom(...faults), { minLength: 1, maxLength: 30 });
  const run = fc.asyncProperty(script, fc.integer({ min: 1, max: 20 }), async (wanted, count) => {
    const left = [...wanted];
    const seen = new Map<string, number>();
    const api = await startRawServer((stream) => {
      if (act(stream, left.shift() ?? "answer")) seen.set(stream.body, (seen.get(stream.body) ?? 0) + 1);
    });
    const transport = createTransport(api.access());
    try {
      const bodies = Array.from({ length: count }, (_, index) => `request ${index}`);
      const results = await Promise.all(bodies.map((body) => post(transport, body)));
      for (const [index, body] of bodies.entries()) {
        const times = seen.get(body) ?? 0;
        const result = results[index]!;
        assert.ok(times <= 1, `${body} was seen ${times} times`);
        if (result === "unsent") assert.equal(times, 0, `${body} was seen, but is said to be unsent`);
        else if (result !== "failed") assert.deepEqual([result, times], [`done ${body}`, 1]);
      }
      left.length = 0;
      // It recovers from all of it.
      assert.equal(await post(transport, "last"), "done last");
    } finally {
      await transport.close({ force: true });
      await api.close();
    }
  });
  await fc.assert(run, { numRuns: 60, seed: 11 });
});
