import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { configMap, listMessage, part } from "../../test/informer/protobuf.ts";
import { isKubeError, KubeError } from "../errors.ts";
import type { Resource } from "../resource.ts";
import type { CutItem } from "./cut-list.ts";
import { messageCutter } from "./cut-messages.ts";
import { loadProtobuf } from "./message-kinds.ts";
import { readMessages } from "./read-messages.ts";
import { textPool } from "./text-pool.ts";

const protobuf = await loadProtobuf();
const resource: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };

const maps = ["a", "b", "c"].map((name) => configMap(name, { text: name.repeat(100) }));
const list = listMessage("v1", "ConfigMapList", maps, { resourceVersion: "12" });

async function* inChunks(bytes: Buffer, sizes: readonly number[], error?: Error): AsyncGenerator<Buffer> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield Buffer.from(bytes.subarray(at, at + size));
    at += size;
  }
  if (error !== undefined) throw error;
}

interface Read {
  readonly outcome: string;
  readonly versions: readonly string[];
  readonly names: readonly string[];
}

async function read(chunks: AsyncIterable<Buffer> | KubeError, wanted = Infinity): Promise<Read> {
  const codec = { protobuf, apiVersion: "v1", kind: "ConfigMap", message: "core.v1.ConfigMap" };
  const versions: string[] = [];
  const items: CutItem[] = [];
  const outcome = await readMessages({
    protobuf,
    resource,
    cutter: messageCutter({ codec, pool: textPool() }),
    open: () => (chunks instanceof KubeError ? Promise.reject(chunks) : Promise.resolve(chunks)),
    begin: (version) => void versions.push(version),
    take: (more) => items.push(...more) < wanted,
  });
  return { outcome, versions, names: items.map(({ name }) => name) };
}

const whole: Read = { outcome: "complete", versions: ["12"], names: ["a", "b", "c"] };

test("reads a list whatever the pieces it comes in", async () => {
  for (const size of [1, 2, 7, 100, 1e6]) assert.deepEqual(await read(inChunks(list, [size])), whole);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), async (sizes) => {
      assert.deepEqual(await read(inChunks(list, sizes)), whole);
    }),
    runs(50),
  );
});

test("takes a list for complete only when its last byte has come", async () => {
  // What ends the envelope is empty: a list without it is complete.
  const last = list.length - 4;
  for (let end = 0; end < list.length; end++) {
    const { outcome } = await read(inChunks(list.subarray(0, end), [50]));
    assert.equal(outcome, end === last ? "complete" : "unknown", `cut at ${end}`);
  }
});

test("reads an empty list", async () => {
  const empty = listMessage("v1", "ConfigMapList", [], { resourceVersion: "3" });
  assert.deepEqual(await read(inChunks(empty, [10])), { outcome: "complete", versions: ["3"], names: [] });
});

test("does not begin with what is another list, or none", async () => {
  const others = [
    Buffer.from('{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}'),
    Buffer.from(`{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"x":"${"y".repeat(3000)}"}}`),
    Buffer.alloc(5000),
    listMessage("v1", "SecretList", maps),
    listMessage("v2", "ConfigMapList", maps),
    // A page of a list, and a list without a version, from which nothing could be watched.
    listMessage("v1", "ConfigMapList", maps, { continue: "more" }),
    listMessage("v1", "ConfigMapList", maps, { resourceVersion: "" }),
  ];
  for (const bytes of others) {
    assert.deepEqual(await read(inChunks(bytes, [600])), { outcome: "unknown", versions: [], names: [] });
  }
});

test("stops at an object with a field that is not known, and at what follows a list", async () => {
  const newer = Buffer.concat([configMap("b"), part(99, "")]);
  const unknown = listMessage("v1", "ConfigMapList", [maps[0]!, newer, maps[2]!], { resourceVersion: "12" });
  assert.equal((await read(inChunks(unknown, [64]))).outcome, "unknown");
  assert.equal((await read(inChunks(Buffer.concat([list, Buffer.from("x")]), [64]))).outcome, "unknown");
  const head = Buffer.concat([part(2, "12"), part(77, "")]);
  const type = Buffer.concat([part(1, "v1"), part(2, "ConfigMapList")]);
  const newerHead = Buffer.concat([Buffer.from("k8s\0"), part(1, type), part(2, part(1, head))]);
  assert.equal((await read(inChunks(newerHead, [64]))).outcome, "unknown");
});

test("waits for no object that is larger than any can be", async () => {
  const absurd = Buffer.from(listMessage("v1", "ConfigMapList", [Buffer.alloc(300)], { resourceVersion: "12" }));
  // The lengths of envelope, list and object: four bytes each would say 200 MB.
  const at = absurd.indexOf(Buffer.from([0x12, 0xac, 0x02]), 30);
  const huge = Buffer.concat([absurd.subarray(0, at + 1), Buffer.from([0xff, 0xff, 0xff, 0x7f]), Buffer.alloc(9000)]);
  let chunks = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    for await (const chunk of inChunks(huge, [100])) {
      chunks++;
      yield chunk;
    }
  }
  assert.equal((await read(endless())).outcome, "unknown");
  assert.ok(chunks < 10, `${chunks} chunks`);
});

test("never throws anything but the request's error, whatever the bytes", async () => {
  let complete = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(list.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      async (edits) => {
        const bytes = Buffer.from(list);
        for (const [at, byte] of edits) bytes[at] = byte;
        const { outcome } = await read(inChunks(bytes, [77]));
        assert.ok(outcome === "complete" || outcome === "unknown");
        if (outcome === "complete") complete++;
      },
    ),
    runs(200),
  );
  assert.ok(complete > 0 && complete < 200);
});

test("asks again in another form where this one is refused, and passes on other failures", async () => {
  assert.equal((await read(new KubeError("unsupported", "406"))).outcome, "unknown");
  await assert.rejects(read(new KubeError("too-many-requests", "429")), (error) =>
    isKubeError(error, "too-many-requests"),
  );
  const broken = inChunks(list.subarray(0, 200), [50], new KubeError("connection", "reset"));
  await assert.rejects(read(broken), (error) => isKubeError(error, "connection"));
});

test("ends the request when nobody wants the rest", async () => {
  let ended = false;
  async function* body(): AsyncGenerator<Buffer> {
    try {
      yield* inChunks(list, [230]);
    } finally {
      ended = true;
    }
  }
  const { outcome, names } = await read(body(), 1);
  assert.deepEqual([outcome, names, ended], ["unwanted", ["a"], true]);
});
