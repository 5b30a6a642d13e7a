import assert from "node:assert/strict";
import { constants } from "node:http2";
import { test } from "node:test";
import type { ApiResponse, StreamSink } from "../src/api/request.ts";
import { expired } from "../src/errors.ts";
import type { RequestFault } from "../src/serve/faults.ts";
import { virtualClock } from "@fairlead/apimachinery";
import { get, http2, serve, text, until } from "./serve-harness.ts";

interface Watches {
  readonly sinks: StreamSink[];
  stopped: number;
  handle(): Promise<ApiResponse>;
}

function watches(): Watches {
  const result: Watches = {
    sinks: [],
    stopped: 0,
    handle: () =>
      Promise.resolve({
        kind: "stream",
        contentType: "application/json;stream=watch",
        start(sink) {
          result.sinks.push(sink);
          return () => void result.stopped++;
        },
      }),
  };
  return result;
}

test("sends frames as they come, and tells the handler once that the client has gone", async (t) => {
  const watch = watches();
  const harness = await serve(t, { handle: watch.handle });
  const stream = harness.session().request(get("/watch"));
  let received = "";
  let contentType: string | undefined;
  stream.setEncoding("utf8");
  stream.on("response", (headers) => (contentType = headers["content-type"]));
  stream.on("data", (chunk: string) => (received += chunk));
  await until(() => watch.sinks.length === 1 && contentType !== undefined, "the head comes before any frame");
  assert.equal(contentType, "application/json;stream=watch");
  assert.ok(watch.sinks[0]!.write(Buffer.from("one\n")));
  await until(() => received === "one\n", "a frame");
  stream.close(constants.NGHTTP2_CANCEL);
  await until(() => watch.stopped === 1, "the handler hears of it");
  assert.equal(watch.sinks[0]!.write(Buffer.from("two\n")), false);
});

test("ends a watch when the handler does", async (t) => {
  const watch = watches();
  const harness = await serve(t, { handle: watch.handle });
  const answers = [http2(harness.session(), get("/")), harness.http1({})];
  await until(() => watch.sinks.length === 2, "both watch");
  for (const sink of watch.sinks) {
    sink.write(Buffer.from("last"));
    sink.end();
    sink.end();
  }
  for (const { body } of await Promise.all(answers)) assert.equal(body.toString(), "last");
  await until(() => watch.stopped === 2, "both are stopped");
});

test("says when a client does not keep up and when it does again, and cuts off who takes nothing", async (t) => {
  const watch = watches();
  const harness = await serve(t, { handle: watch.handle, limits: { buffered: 4_000_000 } });
  const stream = harness.session().request(get("/"));
  stream.on("error", () => undefined);
  await until(() => watch.sinks.length === 1, "it watches");
  const sink = watch.sinks[0]!;
  const frame = Buffer.alloc(100_000);
  let written = 1;
  while (sink.write(frame)) written++;
  let drained = 0;
  sink.onDrain(() => drained++);
  let received = 0;
  stream.on("data", (chunk: Buffer) => (received += chunk.length));
  await until(() => drained === 1 && received === written * frame.length, "there is room again");
  stream.pause();
  for (let i = 0; i < 100 && watch.stopped === 0; i++) sink.write(frame);
  await until(() => watch.stopped === 1, "the client is cut off");
  await until(() => stream.closed, "and hears of it");
});

test("cuts off a client that stops taking what it asked for", async (t) => {
  const machine = virtualClock();
  const watch = watches();
  const large: ApiResponse = text("", { body: [Buffer.alloc(3_000_000)] });
  const handle = ({ path }: { readonly path: string }): Promise<ApiResponse> =>
    path === "/list" ? Promise.resolve(large) : watch.handle();
  const harness = await serve(t, { handle, machine, limits: { stallMs: 5_000 } });
  const session = harness.session();
  const [list, events] = [session.request(get("/list")), session.request(get("/watch"))];
  for (const stream of [list, events]) stream.on("error", () => undefined).on("response", () => undefined);
  await until(() => watch.sinks.length === 1, "it watches");
  while (watch.sinks[0]!.write(Buffer.alloc(100_000)));
  await until(() => machine.pending >= 3, "all wait");
  machine.advance(5_001);
  await until(() => list.closed && events.closed, "both are cut");
});

test("gives up on what takes too long: body or handler", async (t) => {
  const machine = virtualClock();
  const aborted: string[] = [];
  const harness = await serve(t, {
    machine,
    limits: { requestMs: 1_000 },
    handle: ({ path, signal }) =>
      new Promise(() => signal.addEventListener("abort", () => aborted.push(path), { once: true })),
  });
  const session = harness.session();
  const slowBody = session.request({ ":method": "POST", ":path": "/body" }, { endStream: false });
  slowBody.write("{");
  let status: number | undefined;
  slowBody
    .on("response", (headers) => (status = headers[":status"]))
    .on("error", () => undefined)
    .resume();
  const slowHandler = http2(session, get("/handler"));
  const older = harness.http1({ path: "/older" });
  await until(() => machine.pending >= 5, "all are timed");
  machine.advance(1_000);
  for (const answer of [await slowHandler, await older]) {
    assert.equal(answer.status, 504);
    assert.equal(JSON.parse(answer.body.toString()).reason, "Timeout");
  }
  await until(() => status === 504, "the unfinished body is answered too");
  assert.deepEqual(aborted.sort(), ["/handler", "/older"]);
});

test("ends watches and closes within its grace, whatever clients do", async (t) => {
  const watch = watches();
  let release = (_response: ApiResponse): void => undefined;
  const handle = ({ path }: { readonly path: string }): Promise<ApiResponse> =>
    path === "/watch"
      ? watch.handle()
      : path === "/slow"
        ? new Promise((done) => (release = done))
        : new Promise(() => {});
  const harness = await serve(t, { handle });
  const session = harness.session();
  const watched = http2(session, get("/watch"));
  const slow = http2(session, get("/slow"));
  const stuck = http2(session, get("/stuck"));
  const idle = harness.session();
  const older = harness.http1({ path: "/stuck" });
  stuck.catch(() => undefined);
  older.catch(() => undefined);
  await until(() => watch.sinks.length === 1, "it watches");
  let isGoingAway = false;
  session.on("goaway", () => (isGoingAway = true));
  const closed = harness.server.close(300);
  assert.equal((await watched).status, 200);
  release(text("in time"));
  assert.equal((await slow).body.toString(), "in time");
  await closed;
  assert.ok(isGoingAway);
  await assert.rejects(stuck);
  await assert.rejects(older);
  await until(() => idle.closed, "idle connections go too");
  await assert.rejects(harness.http1({}), { code: "ECONNREFUSED" });
});

test("goes wrong as told: delays, errors, cut connections and watches", async (t) => {
  const clock = virtualClock();
  const watch = watches();
  const faults: (RequestFault | undefined)[] = [];
  let served = 0;
  let isDown = false;
  const handle = ({ path }: { readonly path: string }): Promise<ApiResponse> => {
    served++;
    return path === "/watch" ? watch.handle() : Promise.resolve(text("ok"));
  };
  const harness = await serve(t, {
    clock,
    handle,
    faults: { request: () => faults.shift(), connection: () => (isDown ? "drop" : undefined) },
  });
  faults.push({ delayMs: 500 });
  const late = http2(harness.session(), get("/"));
  await until(() => clock.pending === 1, "it waits");
  assert.equal(served, 0);
  clock.advance(500);
  assert.equal((await late).status, 200);

  faults.push({ outcome: { kind: "error", error: expired("too old") } });
  assert.equal((await http2(harness.session(), get("/"))).status, 410);
  assert.equal(served, 1);
  faults.push({ outcome: { kind: "drop" } }, { outcome: { kind: "lose" } });
  await assert.rejects(http2(harness.session(), get("/")));
  assert.equal(served, 1);
  await assert.rejects(harness.http1({}));
  assert.equal(served, 2);

  faults.push({ outcome: { kind: "reset", afterFrames: 1 } }, { outcome: { kind: "reset", afterMs: 100 } });
  const session = harness.session();
  const [first, second] = [session.request(get("/watch")), session.request(get("/watch"))];
  let seen = 0;
  first.on("data", (chunk: Buffer) => (seen += chunk.length)).on("error", () => undefined);
  second.on("error", () => undefined);
  await until(() => watch.sinks.length === 2, "both watch");
  assert.ok(watch.sinks[0]!.write(Buffer.from("1")));
  await until(() => seen === 1, "the first frame comes");
  assert.ok(!watch.sinks[0]!.write(Buffer.from("2")));
  await until(() => first.closed, "the watch is cut");
  assert.equal(second.closed, false);
  clock.advance(100);
  await until(() => second.closed, "the other one too, in time");

  isDown = true;
  harness.server.disconnect();
  await until(() => session.closed, "all connections are cut");
  await assert.rejects(harness.http1({}));
  isDown = false;
  assert.equal((await harness.http1({})).status, 200);
});
