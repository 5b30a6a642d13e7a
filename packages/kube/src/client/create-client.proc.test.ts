import assert from "node:assert/strict";
import { once } from "node:events";
import type { Http2ServerResponse } from "node:http2";
import { test, type TestContext } from "node:test";
import { inspect } from "node:util";
import { type VirtualClock, virtualClock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { answer, type Handler, type ScriptedServer, startServer, statusOf, until } from "../../test/scripted-server.ts";
import { isKubeError, type KubeError, type KubeErrorCode } from "../errors.ts";
import type { Resource } from "../resource.ts";
import type { Client, ServerWarning, WatchEvent } from "./client.ts";
import { createClient } from "./create-client.ts";
import type { ClientOptions, ObservedAttempt } from "./options.ts";

const configMaps: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const secrets: Resource = { group: "", version: "v1", kind: "Secret", plural: "secrets", namespaced: true };
const object = (name: string, more: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  ...more,
});

async function serve(
  t: TestContext,
  handler: Handler,
  options: ClientOptions = {},
): Promise<{ api: ScriptedServer; client: Client }> {
  const api = await startServer(handler);
  const client = createClient(api.access({ headers: { authorization: "Bearer t0ken" } }), {
    random: () => 0,
    ...options,
  });
  t.after(async () => {
    await client.transport.close({ force: true });
    await api.close();
  });
  return { api, client };
}

async function failure(work: Promise<unknown>, code: KubeErrorCode): Promise<KubeError> {
  const error = await work.then(
    () => assert.fail("it did not fail"),
    (reason: unknown) => reason,
  );
  assert.ok(isKubeError(error), inspect(error));
  assert.equal(error.code, code, error.message);
  assert.doesNotMatch(inspect(error), /t0ken/);
  return error;
}

/** A server that refuses so many times before it answers. */
function refusing(times: number, refuse: Handler): Handler {
  return (request, response, body) =>
    times-- > 0 ? refuse(request, response, body) : answer(response, object("a", { sent: body }));
}

/** Moves the clock on until the work is done: its waits have no end on a clock that stands still. */
async function pass<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => (isDone = true));
  done.catch(() => {});
  await until(() => (clock.advance(10), isDone));
  return done;
}

const tooMany: Handler = (_request, response) =>
  answer(response, statusOf(429, "TooManyRequests", "slow down"), 429, { "retry-after": "1" });

test("waits and repeats a write that was refused with Retry-After, body and all", async (t) => {
  const clock = virtualClock();
  const { api, client } = await serve(t, refusing(2, tooMany), { clock });
  const created = await pass(clock, client.create(configMaps, object("a") as KrmObject));
  assert.equal(created["sent"], JSON.stringify(object("a")));
  assert.equal(api.seen.length, 3);
  assert.ok(clock.monotonic() >= 2_000 && clock.monotonic() < 3_000, `${clock.monotonic()}`);
});

test("tells the refusal when its wait would reach the deadline", async (t) => {
  const { api, client } = await serve(t, tooMany);
  const error = await failure(client.get(configMaps, { name: "a" }, { deadlineMs: 900 }), "too-many-requests");
  assert.equal(error.retryAfterMs, 1_000);
  assert.equal(error.httpStatus, 429);
  assert.equal(error.message, "get ConfigMap default/a: slow down");
  assert.deepEqual(error.object, { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "a" });
  assert.equal(api.seen.length, 1);
});

test("repeats reads when the server fails, and writes not", async (t) => {
  const broken: Handler = (_request, response) => answer(response, "<html>oops</html>", 502);
  const { api, client } = await serve(t, refusing(2, broken));
  assert.equal((await client.get(configMaps, { name: "a" })).metadata.name, "a");
  assert.equal(api.seen.length, 3);
  api.handle(broken);
  const error = await failure(client.update(configMaps, object("a") as KrmObject), "unavailable");
  assert.equal(error.message, "update ConfigMap default/a: the server answered 502");
  assert.equal(api.seen.length, 4);
});

test("repeats a read whose connection is lost, within the answer too", async (t) => {
  const half: Handler = (_request, response) => {
    (response as Http2ServerResponse).write("{", () => api.sockets.forEach((socket) => socket.destroy()));
  };
  const { api, client } = await serve(
    t,
    refusing(1, (...all) => half(...all)),
  );
  assert.equal((await client.get(configMaps, { name: "a" })).metadata.name, "a");
  assert.equal(api.connections, 2);
});

test("stops waiting for the next attempt when it is aborted", async (t) => {
  const clock = virtualClock();
  const { api, client } = await serve(t, tooMany, { clock });
  const controller = new AbortController();
  const waiting = failure(client.get(configMaps, { name: "a" }, { signal: controller.signal }), "aborted");
  await until(() => api.seen.length === 1);
  controller.abort();
  await waiting;
});

test("ends a call at its deadline, before the answer and within it", async (t) => {
  const clock = virtualClock();
  const { api, client } = await serve(t, () => {}, { clock });
  await pass(clock, failure(client.get(configMaps, { name: "a" }, { deadlineMs: 50 }), "deadline"));
  api.handle((_request, response) => void (response as Http2ServerResponse).write("{"));
  const error = await pass(clock, failure(client.get(configMaps, { name: "a" }, { deadlineMs: 500 }), "deadline"));
  assert.match(error.message, /^get ConfigMap default\/a: the answer did not end in time/);
});

test("keeps integers of 64 bits on the way in and out", async (t) => {
  const text =
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"n":9223372036854775807,"__proto__":{"x":1}}';
  const sent: string[] = [];
  const { client } = await serve(t, (_request, response, body) => {
    sent.push(body);
    answer(response, text);
  });
  const got = await client.get(configMaps, { name: "a" });
  await client.update(configMaps, got);
  assert.deepEqual(sent, ["", text]);
});

test("gives the items of a list their kind, and reads page after page", async (t) => {
  const { api, client } = await serve(t, (request, response) => {
    const token = new URL(request.url!, "https://x").searchParams.get("continue");
    const metadata =
      token === null ? { resourceVersion: "7", continue: "next/=", remainingItemCount: 1 } : { resourceVersion: "7" };
    answer(response, {
      kind: "ConfigMapList",
      apiVersion: "v1",
      metadata,
      items: [{ metadata: { name: token ?? "first" } }],
    });
  });
  const pages = [];
  for await (const page of client.pages(configMaps, { namespace: "shop", resourceVersion: "5", limit: 1 }))
    pages.push(page);
  assert.deepEqual(
    pages.map(({ items }) => items),
    [
      [{ metadata: { name: "first" }, apiVersion: "v1", kind: "ConfigMap" }],
      [{ metadata: { name: "next/=" }, apiVersion: "v1", kind: "ConfigMap" }],
    ],
  );
  assert.equal(pages[0]!.remainingItemCount, 1);
  assert.deepEqual(api.seen, [
    "GET /api/v1/namespaces/shop/configmaps?resourceVersion=5&limit=1",
    "GET /api/v1/namespaces/shop/configmaps?limit=1&continue=next%2F%3D",
  ]);
});

for (const body of ["[]", "{}", '{"items":{}}', '{"items":[1]}', "null"]) {
  test(`calls a list of ${body} a fault of the protocol`, async (t) => {
    const { client } = await serve(t, (_request, response) => answer(response, body));
    await failure(client.list(configMaps), "protocol");
  });
}

test("calls an answer that is not JSON a fault of the protocol, without quoting it", async (t) => {
  const { client } = await serve(t, (_request, response) => answer(response, '{"data": hunter2'));
  const error = await failure(client.get(configMaps, { name: "a" }), "protocol");
  assert.doesNotMatch(inspect(error), /hunter2/);
});

test("refuses an answer that is larger than it may be", async (t) => {
  const { client } = await serve(t, (_request, response) => answer(response, "x".repeat(3_000_000)), {
    maxBodyBytes: 1_000_000,
  });
  await failure(client.getText("/metrics"), "too-large");
});

async function collect(events: AsyncIterable<WatchEvent>): Promise<WatchEvent[]> {
  const seen = [];
  for await (const event of events) seen.push(event);
  return seen;
}

const added = JSON.stringify({ type: "ADDED", object: object("a") });

test("watches: events, bookmarks, and the end", async (t) => {
  const bookmark = (annotations: object) =>
    JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: "9", annotations } } });
  const { api, client } = await serve(t, (_request, response) => {
    const stream = response as Http2ServerResponse;
    stream.write(added.slice(0, 20));
    stream.write(`${added.slice(20)}\n${bookmark({})}\n${bookmark({ "k8s.io/initial-events-end": "true" })}\n`);
    stream.end();
  });
  let opened = 0;
  const events = await collect(
    client.watch(configMaps, { sendInitialEvents: true, timeoutSeconds: 5, onOpen: () => opened++ }),
  );
  assert.deepEqual(events, [
    { type: "ADDED", object: object("a") },
    { type: "BOOKMARK", resourceVersion: "9", initialEventsEnd: false },
    { type: "BOOKMARK", resourceVersion: "9", initialEventsEnd: true },
  ]);
  assert.equal(opened, 1);
  const query =
    "watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=5";
  assert.deepEqual(api.seen, [`GET /api/v1/configmaps?${query}`]);
});

const brokenWatches: { readonly [name: string]: string } = {
  "a truncated event": `${added}\n${added.slice(0, 30)}`,
  "an event that is not JSON": `${added.slice(0, 30)}\n`,
  "an event of an unknown type": '{"type":"CHANGED","object":{}}\n',
  "an event without an object": '{"type":"ADDED"}\n',
  "a bookmark without a version": '{"type":"BOOKMARK","object":{"metadata":{}}}\n',
  "an event beyond the bound": `{"type":"${"x".repeat(1_100_000)}"}\n`,
};

for (const [name, text] of Object.entries(brokenWatches)) {
  test(`never passes over ${name} in a watch`, async (t) => {
    const { client } = await serve(t, (_request, response) => answer(response, text), { maxEventBytes: 1_000_000 });
    const error = await failure(collect(client.watch(configMaps)), "protocol");
    assert.match(error.message, /^watch ConfigMap: /);
  });
}

test("throws an ERROR event by its code", async (t) => {
  const error = { type: "ERROR", object: statusOf(410, "Expired", "too old resource version: 1 (5)") };
  const { client } = await serve(t, (_request, response) => answer(response, `${added}\n${JSON.stringify(error)}\n`));
  const seen: WatchEvent[] = [];
  const reading = (async () => {
    for await (const event of client.watch(configMaps)) seen.push(event);
  })();
  assert.equal((await failure(reading, "gone")).status?.reason, "Expired");
  assert.equal(seen.length, 1);
});

test("ends a watch on the server when its loop is left or aborted, and does not repeat one", async (t) => {
  let closed = 0;
  const { api, client } = await serve(t, (_request, response) => {
    response.on("close", () => closed++);
    (response as Http2ServerResponse).write(`${added}\n`);
  });
  for await (const event of client.watch(configMaps)) {
    assert.equal(event.type, "ADDED");
    break;
  }
  await until(() => closed === 1);
  const controller = new AbortController();
  const reading = (async () => {
    for await (const _event of client.watch(configMaps, { signal: controller.signal })) controller.abort();
  })();
  await failure(reading, "aborted");
  await until(() => closed === 2);
  api.handle(tooMany);
  assert.equal((await failure(collect(client.watch(configMaps)), "too-many-requests")).retryAfterMs, 1_000);
  assert.equal(api.seen.length, 3);
});

test("hides the data of a Secret in what the server says of it", async (t) => {
  const said = 'Secret in version "v1" cannot be handled: data.key: illegal "hunter2"';
  const { client } = await serve(t, (_request, response) =>
    answer(response, statusOf(400, "BadRequest", said, { causes: [{ message: "hunter2" }] }), 400),
  );
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { key: "hunter2" } };
  const writes = [
    () => client.create(secrets, secret),
    () => client.apply(secrets, secret, { fieldManager: "x" }),
    () => client.patch(secrets, { name: "s" }, { stringData: { key: "hunter2" } }, { type: "merge" }),
  ];
  for (const write of writes) {
    const error = await failure(write(), "bad-request");
    assert.match(error.message, /illegal "\*\*\*"/);
    assert.doesNotMatch(inspect(error, { depth: 9 }), /hunter2/);
  }
});

test("tells warnings once, and observes every attempt", async (t) => {
  const warnings: ServerWarning[] = [];
  const attempts: ObservedAttempt[] = [];
  const headers = {
    warning: '299 - "unknown field \\"x\\""',
    "x-kubernetes-pf-flowschema-uid": "fs",
    "x-kubernetes-pf-prioritylevel-uid": "pl",
  };
  let failures = 1;
  const { client } = await serve(
    t,
    (_request, response) => answer(response, object("a"), failures-- > 0 ? 503 : 200, headers),
    { onWarning: (warning) => warnings.push(warning), observe: (attempt) => attempts.push(attempt) },
  );
  await client.get(configMaps, { name: "a" });
  assert.deepEqual(warnings, [
    { text: 'unknown field "x"', agent: "-", method: "GET", path: "/api/v1/namespaces/default/configmaps/a" },
  ]);
  const common = { verb: "get", resource: "configmaps", flowSchemaUid: "fs", priorityLevelUid: "pl" };
  assert.deepEqual(
    attempts.map(({ durationMs: _ms, ...rest }) => rest),
    [
      { ...common, attempt: 1, status: 503 },
      { ...common, attempt: 2, status: 200 },
    ],
  );
});

test("sends nothing that would hit the collection instead of an object", async (t) => {
  const { api, client } = await serve(t, (_request, response) => answer(response, {}));
  await failure(client.delete(configMaps, { name: "" }), "bad-request");
  await failure(
    client.apply(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata: {} }, { fieldManager: "x" }),
    "bad-request",
  );
  await failure(client.getJson("no/slash"), "bad-request");
  assert.equal(api.seen.length, 0);
});

test("names a token that cannot be written without showing it", async (t) => {
  const api = await startServer((_request, response) => answer(response, {}), { protocol: "http/1.1" });
  t.after(() => api.close());
  const client = createClient(api.access({ headers: { authorization: "Bearer hun\nter2" } }));
  t.after(() => client.close());
  const error = await failure(client.get(configMaps, { name: "a" }), "bad-request");
  assert.doesNotMatch(inspect(error), /ter2/);
  assert.match(error.hint ?? "", /token/);
});

test("gives a body as it comes", async (t) => {
  const { client } = await serve(t, (_request, response) => void (response as Http2ServerResponse).write("line\n"));
  const body = await client.stream("/api/v1/namespaces/default/pods/a/log?follow=true");
  const [chunk] = (await once(body, "data")) as [Buffer];
  assert.equal(chunk.toString(), "line\n");
  body.destroy();
});
