import assert from "node:assert/strict";
import { connect as connectHttp2, constants, type ClientHttp2Session } from "node:http2";
import { Agent, request as httpsRequest } from "node:https";
import { test, type TestContext } from "node:test";
import { answer, startServer, until, type ScriptedResponse, type ScriptedServer } from "../scripted-server.ts";
import { startFaultProxy, type FaultProxy } from "./fault-proxy.ts";
import { noFaults, type ConnectionFault, type FaultSchedule, type RequestFault } from "./schedule.ts";

interface Setting {
  readonly proxy: FaultProxy;
  readonly upstream: ScriptedServer;
  /** Answers of `/watch` that are open. */
  readonly watches: Set<ScriptedResponse>;
}

async function setting(t: TestContext, schedule: Partial<FaultSchedule>): Promise<Setting> {
  const watches = new Set<ScriptedResponse>();
  const upstream = await startServer((request, response, body) => {
    if (request.url === "/watch") {
      (response as { write(text: string): void }).write('{"n":1}\n{"n":2}\n');
      watches.add(response);
      response.on("close", () => watches.delete(response));
    } else if (request.url === "/large") answer(response, "x".repeat(1_000_000));
    else answer(response, { path: request.url, body });
  });
  t.after(() => upstream.close());
  const proxy = await startFaultProxy(
    { url: upstream.url, ca: upstream.authority.certificate },
    { ...noFaults, ...schedule },
  );
  t.after(() => proxy.close());
  return { proxy, upstream, watches };
}

function open(t: TestContext, proxy: FaultProxy): ClientHttp2Session {
  const session = connectHttp2(proxy.url, { ca: proxy.ca });
  session.on("error", () => {});
  t.after(() => session.destroy());
  return session;
}

interface Seen {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  /** How it ended; undefined while it goes on. */
  ended: string | undefined;
}

/** Starts a request and keeps what comes of it. */
function send(session: ClientHttp2Session, path: string, body = ""): Seen {
  const seen: Seen = { status: 0, headers: {}, text: "", ended: undefined };
  const stream = session.request({ ":path": path, ":method": body === "" ? "GET" : "POST" }, { endStream: false });
  stream.on("response", (headers) => {
    seen.status = Number(headers[":status"]);
    seen.headers = headers;
  });
  stream.setEncoding("utf8").on("data", (text: string) => (seen.text += text));
  stream.on("end", () => (seen.ended ??= "end"));
  stream.on("error", (error: NodeJS.ErrnoException) => (seen.ended = error.code ?? error.message));
  stream.on("close", () => {
    // A stream whose connection is gone ends without a code of its own.
    if (seen.ended === undefined || stream.rstCode !== constants.NGHTTP2_NO_ERROR) seen.ended = "broken";
  });
  stream.end(body);
  return seen;
}

async function complete(seen: Seen): Promise<Seen> {
  await until(() => seen.ended !== undefined);
  return seen;
}

const onRequest = (fault: RequestFault): Partial<FaultSchedule> => ({ requests: [fault] });
const onConnection = (fault: ConnectionFault): Partial<FaultSchedule> => ({ connections: [fault] });

test("passes requests and answers on as they are", async (t) => {
  const { proxy, upstream } = await setting(t, {});
  const seen = await complete(send(open(t, proxy), "/a?b=c", "text"));
  assert.deepEqual([seen.status, JSON.parse(seen.text)], [200, { path: "/a?b=c", body: "text" }]);
  assert.equal(seen.headers["content-type"], "application/json");
  assert.deepEqual(upstream.seen, ["POST /a?b=c"]);
  assert.deepEqual(proxy.done, []);
});

test("passes HTTP/1.1 on, too", async (t) => {
  const { proxy } = await setting(t, {});
  const agent = new Agent({ ca: proxy.ca });
  t.after(() => agent.destroy());
  const text = await new Promise<string>((resolve, reject) => {
    const call = httpsRequest(new URL("/one", proxy.url), { agent }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (piece: string) => (body += piece));
      response.on("end", () => resolve(`${response.httpVersion} ${body}`));
    });
    call.on("error", reject);
    call.end();
  });
  assert.equal(text, '1.1 {"path":"/one","body":""}');
});

for (const status of [410, 429, 500, 503] as const) {
  test(`answers ${status} in place of the server`, async (t) => {
    const fault = { kind: "answer", status, retryAfterSeconds: 2 } as const;
    const { proxy, upstream } = await setting(t, onRequest(fault));
    const session = open(t, proxy);
    const seen = await complete(send(session, "/x"));
    assert.deepEqual([seen.status, seen.headers["retry-after"]], [status, "2"]);
    assert.equal((JSON.parse(seen.text) as { kind: string; code: number }).code, status);
    assert.deepEqual(upstream.seen, []);
    assert.deepEqual(proxy.done, [{ on: "request", index: 0, request: "GET /x", fault }]);
    assert.equal((await complete(send(session, "/x"))).status, 200);
  });
}

test("lets a request wait", async (t) => {
  const { proxy } = await setting(t, onRequest({ kind: "wait", ms: 150 }));
  const started = performance.now();
  assert.equal((await complete(send(open(t, proxy), "/x"))).status, 200);
  assert.ok(performance.now() - started >= 140);
});

test("sends GOAWAY, and answers nevertheless", async (t) => {
  const { proxy } = await setting(t, onRequest({ kind: "goaway" }));
  const session = open(t, proxy);
  let code: number | undefined;
  session.on("goaway", (given: number) => (code = given));
  assert.equal((await complete(send(session, "/x"))).status, 200);
  await until(() => code !== undefined && session.closed);
  assert.equal(code, constants.NGHTTP2_NO_ERROR);
});

const first = '{"n":1}\n';
const endings: readonly { fault: RequestFault; text: RegExp; ended: string }[] = [
  { fault: { kind: "end", afterLines: 1 }, text: /^\{"n":1\}\n$/, ended: "end" },
  { fault: { kind: "truncate", afterLines: 1 }, text: /^\{"n":1\}\n\{"n$/, ended: "end" },
  { fault: { kind: "expire", afterLines: 1 }, text: /^\{"n":1\}\n\{"type":"ERROR".*"code":410\}\}\n$/, ended: "end" },
  { fault: { kind: "reset", afterLines: 1 }, text: /^(\{"n":1\}\n)?$/, ended: "broken" },
  { fault: { kind: "drop", afterLines: 1 }, text: /^(\{"n":1\}\n)?$/, ended: "broken" },
];

for (const { fault, text, ended } of endings) {
  test(`does ${fault.kind} to a watch after a line, and lets go of the server's`, async (t) => {
    const { proxy, watches } = await setting(t, onRequest(fault));
    const session = open(t, proxy);
    const seen = await complete(send(session, "/watch"));
    assert.match(seen.text, text);
    assert.equal(seen.ended, ended);
    await until(() => watches.size === 0);
    assert.deepEqual(
      proxy.done.map((one) => one.fault),
      [fault],
    );
    await until(() => fault.kind !== "drop" || session.destroyed);
  });
}

test("corrupts an event and goes on", async (t) => {
  const { proxy, watches } = await setting(t, onRequest({ kind: "corrupt", afterLines: 1 }));
  const seen = send(open(t, proxy), "/watch");
  await until(() => seen.text.length === 2 * first.length);
  assert.equal(seen.text, `${first}#"n":2}\n`);
  ([...watches][0] as unknown as { write(text: string): void }).write(first);
  await until(() => seen.text.endsWith(first));
  assert.equal(seen.ended, undefined);
});

for (const kind of ["fin", "rst", "garble"] as const) {
  test(`breaks a connection by ${kind} within an answer`, async (t) => {
    const { proxy } = await setting(t, onConnection({ kind, afterBytes: 100_000 }));
    const session = open(t, proxy);
    const seen = await complete(send(session, "/large"));
    assert.equal(seen.ended === "end" && seen.text.length === 1_000_000, false);
    await until(() => session.destroyed || session.closed);
    assert.deepEqual(proxy.done, [{ on: "connection", index: 0, fault: { kind, afterBytes: 100_000 } }]);
    assert.equal((await complete(send(open(t, proxy), "/large"))).text.length, 1_000_000);
  });
}

test("falls silent without closing, and resets what is silent when it calms down", async (t) => {
  const { proxy } = await setting(t, onConnection({ kind: "silence", afterBytes: 100_000 }));
  const session = open(t, proxy);
  const seen = send(session, "/large");
  await until(() => proxy.done.length === 1);
  let answered = false;
  session.ping(() => (answered = true));
  const other = open(t, proxy);
  // A whole exchange on another connection later, it has still not heard anything.
  assert.equal((await complete(send(other, "/large"))).text.length, 1_000_000);
  assert.deepEqual([seen.ended, answered, session.destroyed], [undefined, false, false]);
  assert.equal(proxy.open, 2);
  proxy.calm();
  await until(() => session.destroyed);
});

test("delays every piece of a slow connection", async (t) => {
  const { proxy } = await setting(t, onConnection({ kind: "slow", ms: 40 }));
  const started = performance.now();
  assert.equal((await complete(send(open(t, proxy), "/x"))).status, 200);
  // A handshake and a request: at least two ways there and back.
  assert.ok(performance.now() - started >= 150);
});

test("refuses connections for a time", async (t) => {
  const { proxy } = await setting(t, { outages: [{ afterMs: 0, forMs: 300 }] });
  const refused = open(t, proxy);
  await until(() => refused.destroyed);
  assert.deepEqual(proxy.done, [{ on: "connection", index: 0, fault: { kind: "outage" } }]);
  let status = 0;
  for (const end = performance.now() + 5_000; status !== 200 && performance.now() < end;) {
    status = (await complete(send(open(t, proxy), "/x"))).status;
  }
  assert.equal(status, 200);
});

test("does nothing more once it is calm", async (t) => {
  const { proxy } = await setting(t, { requests: Array.from({ length: 9 }, () => ({ kind: "answer", status: 500 })) });
  const session = open(t, proxy);
  assert.equal((await complete(send(session, "/x"))).status, 500);
  proxy.calm();
  assert.equal((await complete(send(session, "/x"))).status, 200);
});
