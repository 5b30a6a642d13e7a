import assert from "node:assert/strict";
import { once } from "node:events";
import { constants, type Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
import { test, type TestContext } from "node:test";
import type { TLSSocket } from "node:tls";
import { virtualClock } from "@fairlead/apimachinery";
import { makeCertificate } from "../../test/make-certificate.ts";
import { type RawServer, type RawStream, startRawServer } from "../../test/raw-http2.ts";
import { startRelay } from "../../test/relay.ts";
import {
  answer,
  type Handler,
  type ScriptedResponse,
  type ScriptedServer,
  type ScriptedServerOptions,
  startServer,
  until,
} from "../../test/scripted-server.ts";
import type { ClusterAccess, Credential } from "../access/access.ts";
import { readBody } from "../client/read-body.ts";
import { isKubeError, type KubeError, type KubeErrorCode } from "../errors.ts";
import { createTransport } from "./create-transport.ts";
import type { TransportOptions } from "./options.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;
const ok: Handler = (_request, response) => answer(response, "{}");

async function server(t: TestContext, handler?: Handler, options?: ScriptedServerOptions): Promise<ScriptedServer> {
  const started = await startServer(handler, options);
  t.after(() => started.close());
  return started;
}

async function rawServer(t: TestContext, onStream: (stream: RawStream) => void): Promise<RawServer> {
  const started = await startRawServer(onStream);
  t.after(() => started.close());
  return started;
}

function respond(stream: RawStream, text: string): void {
  stream.head();
  stream.data(text, true);
}

function open(t: TestContext, access: ClusterAccess, options?: TransportOptions): Transport {
  const transport = createTransport(access, options);
  t.after(() => transport.close({ force: true }));
  return transport;
}

const get = (path = "/", more: Partial<TransportRequest> = {}): TransportRequest => ({ method: "GET", path, ...more });

function read({ body }: TransportResponse): Promise<string> {
  return readBody(body, 1_000, () => "read");
}

async function fetchText(transport: Transport, request: TransportRequest = get()): Promise<string> {
  return read(await transport.send(request));
}

async function failure(work: Promise<unknown>, code: KubeErrorCode): Promise<KubeError> {
  try {
    await work;
  } catch (error) {
    assert.ok(isKubeError(error), `not a KubeError: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  return assert.fail("it did not fail");
}

function reset(response: ScriptedResponse, code: number): void {
  (response as Http2ServerResponse).stream.close(code);
}

test("sends many requests over one connection, one after the other and at once", async (t) => {
  const api = await server(t, (request, response) => answer(response, { path: request.url }));
  const transport = open(t, api.access());
  for (let i = 0; i < 5; i++) assert.equal(await fetchText(transport, get(`/a${i}`)), `{"path":"/a${i}"}`);
  await Promise.all(Array.from({ length: 50 }, (_, i) => fetchText(transport, get(`/b${i}`))));
  assert.equal(api.connections, 1);
});

test("keeps the server's prefix, and adds the user's headers and the user agent", async (t) => {
  const api = await server(t, (request, response) =>
    answer(response, [request.url, request.headers["authorization"], request.headers["user-agent"]]),
  );
  const access = api.access({ server: new URL("/k8s/one/", api.url), headers: { authorization: "Bearer t" } });
  const transport = open(t, access, { userAgent: "me/1" });
  assert.equal(await fetchText(transport, get("/api?x=1")), '["/k8s/one/api?x=1","Bearer t","me/1"]');
});

test("opens further connections when the server allows no more streams, and closes them when they are idle", async (t) => {
  const waiting: ScriptedResponse[] = [];
  const api = await server(t, (_request, response) => void waiting.push(response), { maxConcurrentStreams: 10 });
  const clock = virtualClock();
  const transport = open(t, api.access(), { clock, pingAfterMs: 1e9 });
  const first = fetchText(transport);
  await until(() => waiting.length === 1);
  const rest = Array.from({ length: 24 }, () => fetchText(transport));
  await until(() => waiting.length === 25);
  assert.equal(api.connections, 3);
  for (const response of waiting) answer(response, "{}");
  await Promise.all([first, ...rest]);
  assert.equal(api.sessions.size, 3);
  await until(() => (clock.advance(90_000), api.sessions.size === 0));
});

test("lets streams end after a GOAWAY and sends what follows over a new connection", async (t) => {
  const api = await rawServer(t, (stream) => {
    if (stream.id > 1 || api.connections > 1) return respond(stream, "next");
    stream.head();
    stream.data("half, ");
    stream.connection.goaway(NGHTTP2_NO_ERROR, 1);
  });
  const transport = open(t, api.access());
  const slow = await transport.send(get("/slow"));
  await once(slow.body, "readable");
  assert.equal(await fetchText(transport), "next");
  assert.equal(api.connections, 2);
  api.streams[0]!.data("whole", true);
  assert.equal(await read(slow), "half, whole");
});

test("sends again what the server has not looked at when it went away, and nothing else", async (t) => {
  const api = await rawServer(t, (stream) => {
    if (api.connections > 1) return respond(stream, "again");
    if (stream.id === 5) stream.connection.goaway(NGHTTP2_INTERNAL_ERROR, 3);
  });
  const transport = open(t, api.access());
  const post: TransportRequest = { ...get(), method: "POST", body: "{}" };
  const lost = [1, 3].map(() => failure(fetchText(transport, post), "connection"));
  const repeated = fetchText(transport, post);
  for (const error of await Promise.all(lost)) assert.equal(error.unsent, false);
  assert.equal(await repeated, "again");
  assert.equal(api.streams.length, 4);
});

test("sends again what the server refused unseen", async (t) => {
  let refusals = 2;
  const api = await server(t, (_request, response) =>
    refusals-- > 0 ? reset(response, NGHTTP2_REFUSED_STREAM) : answer(response, "{}"),
  );
  assert.equal(await fetchText(open(t, api.access()), { ...get(), method: "POST", body: "x" }), "{}");
  assert.equal(api.seen.length, 3);
});

test("gives up on a server that refuses all", async (t) => {
  const api = await server(t, (_request, response) => reset(response, NGHTTP2_REFUSED_STREAM));
  const error = await failure(fetchText(open(t, api.access())), "connection");
  assert.equal(error.unsent, true);
  assert.equal(api.seen.length, 4);
});

test("does not repeat what the server may have done", async (t) => {
  const api = await server(t, (_request, response) => reset(response, NGHTTP2_INTERNAL_ERROR));
  const error = await failure(fetchText(open(t, api.access()), { ...get(), method: "POST", body: "x" }), "connection");
  assert.equal(error.unsent, false);
  assert.match(error.message, /NGHTTP2_INTERNAL_ERROR/);
  assert.equal(api.seen.length, 1);
});

for (const [name, code] of Object.entries({ NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR })) {
  test(`fails a body that the server breaks off with ${name}`, async (t) => {
    const api = await rawServer(t, (stream) => {
      stream.head();
      stream.data("half");
      stream.reset(code);
    });
    await failure(fetchText(open(t, api.access())), "connection");
  });
}

test("fails when a server of HTTP/2 answers with something else", async (t) => {
  const api = await rawServer(t, (stream) => stream.connection.rubbish("HTTP/1.1 200 OK\r\n\r\n".repeat(10)));
  await failure(fetchText(open(t, api.access())), "connection");
});

for (const protocol of ["h2", "http/1.1"] as const) {
  test(`fails a body whose connection is cut (${protocol})`, async (t) => {
    const api = await server(
      t,
      (_request, response) => {
        const cut = (): void => api.sockets.forEach((socket) => socket.destroy());
        (response as Http2ServerResponse).write("half", () => setImmediate(cut));
      },
      { protocol },
    );
    const error = await failure(fetchText(open(t, api.access())), "connection");
    assert.equal(error.cluster, "scripted");
  });

  test(`aborts before the answer and within it (${protocol})`, async (t) => {
    let closed = 0;
    const api = await server(
      t,
      (request, response) => {
        response.on("close", () => closed++);
        if (request.url === "/body") (response as Http2ServerResponse).write("half");
      },
      { protocol },
    );
    const transport = open(t, api.access());
    const before = new AbortController();
    const waiting = failure(fetchText(transport, get("/head", { signal: before.signal })), "aborted");
    await until(() => api.seen.length === 1);
    before.abort();
    await waiting;
    const within = new AbortController();
    const response = await transport.send(get("/body", { signal: within.signal }));
    const reading = failure(read(response), "aborted");
    within.abort();
    await reading;
    await until(() => closed === 2);
    await failure(transport.send(get("/", { signal: within.signal })), "aborted");
  });

  test(`waits no longer than told for the head of an answer (${protocol})`, async (t) => {
    const api = await server(t, () => {}, { protocol });
    const clock = virtualClock();
    const transport = open(t, api.access(), { clock });
    const waiting = failure(fetchText(transport, get("/", { timeoutMs: 2_000 })), "deadline");
    await until(() => api.seen.length === 1);
    clock.advance(2_000);
    await waiting;
  });
}

/** One virtual clock, and a watch that is silent after its first bytes. */
async function silent(t: TestContext) {
  const api = await rawServer(t, (stream) => {
    stream.head();
    stream.data("first", stream.id > 1 || api.connections > 1);
  });
  const clock = virtualClock();
  const transport = open(t, api.access(), { clock });
  const watch = await transport.send(get("/watch"));
  await once(watch.body, "readable");
  return { api, clock, transport, watch };
}

test("finds a half-open connection by PING while a stream is open, and makes a new one", async (t) => {
  const { api, clock, transport, watch } = await silent(t);
  api.answersPings = false;
  const reading = failure(read(watch), "connection");
  clock.advance(30_000);
  await until(() => api.pings === 1);
  clock.advance(14_999);
  assert.equal(watch.body.destroyed, false);
  clock.advance(1);
  assert.match((await reading).message, /no answer to PING within 15 s/);
  assert.equal(await fetchText(transport), "first");
  assert.equal(api.connections, 2);
});

test("keeps a silent connection that answers its PING", async (t) => {
  const { api, clock, watch } = await silent(t);
  clock.advance(15_000);
  for (let round = 1; round <= 3; round++) {
    clock.advance(15_000);
    await until(() => api.pings === round);
    await settle();
  }
  assert.equal(watch.body.destroyed, false);
  assert.equal(api.connections, 1);
});

test("asks also where no new streams are taken any more", async (t) => {
  const { api, clock, watch } = await silent(t);
  api.streams[0]!.connection.goaway(NGHTTP2_NO_ERROR, 1);
  api.streams[0]!.data("more");
  await until(() => watch.body.readableLength === 9);
  clock.advance(15_000);
  for (let round = 1; round <= 3; round++) {
    clock.advance(15_000);
    await until(() => api.pings === round);
    await settle();
  }
  assert.equal(watch.body.destroyed, false);
  api.answersPings = false;
  const reading = failure(read(watch), "connection");
  clock.advance(15_000);
  await until(() => api.pings === 4);
  clock.advance(15_000);
  await reading;
});

test("does not ask while bytes come", async (t) => {
  const { api, clock, watch } = await silent(t);
  for (let round = 1; round <= 3; round++) {
    watch.body.read();
    api.streams[0]!.data("more");
    await once(watch.body, "readable");
    clock.advance(15_000);
    await settle();
  }
  assert.equal(api.pings, 0);
});

test("asks a connection that was idle for long for a sign of life when it is used again", async (t) => {
  const { api, clock, transport, watch } = await silent(t);
  watch.body.destroy();
  await settle();
  clock.advance(60_000);
  api.answersPings = false;
  const late = await transport.send(get("/late"));
  await until(() => api.pings === 1);
  late.body.destroy();
  await settle();
});

test("keeps waiting for the answer to a PING when streams end and begin meanwhile", async (t) => {
  const api = await rawServer(t, (stream) => {
    if (stream.id > 1) return;
    stream.head();
    stream.data("first");
  });
  const clock = virtualClock();
  const transport = open(t, api.access(), { clock });
  const { body } = await transport.send(get("/watch"));
  await once(body, "readable");
  api.answersPings = false;
  clock.advance(30_000);
  await until(() => api.pings === 1);
  body.destroy();
  await settle();
  const late = failure(fetchText(transport, get("/late")), "connection");
  await until(() => api.streams.length === 2);
  clock.advance(15_000);
  assert.match((await late).message, /no answer to PING/);
});

/** What is under way on sockets of this machine gets its turns. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("asks for other credentials when they are refused, once", async (t) => {
  const api = await server(t, (request, response) =>
    request.headers["authorization"] === "Bearer new" ? answer(response, "{}") : answer(response, "no", 401),
  );
  const tls = { ca: [api.authority.certificate] };
  const [old, fresh]: Credential[] = ["old", "new"].map((token) => ({
    headers: { authorization: `Bearer ${token}` },
    tls,
  }));
  let current = old!;
  let refusals = 0;
  const credentials = {
    current: async () => current,
    rejected: async (one: Credential) => (refusals++, one === old ? (current = fresh!) : one),
  };
  const transport = open(t, api.access({ credentials }));
  assert.equal(await fetchText(transport, { ...get(), method: "POST", body: "x" }), "{}");
  assert.equal(refusals, 1);
  assert.equal(api.connections, 1);
  current = { headers: {}, tls };
  const refused = await transport.send(get());
  assert.equal(refused.status, 401);
  assert.equal(await read(refused), "no");
  assert.equal(refusals, 2);
});

test("makes new connections when the certificates change, and lets the old ones end", async (t) => {
  const clients = makeCertificate({ name: "clients" });
  const handler: Handler = (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate();
    if (request.url === "/watch") (response as Http2ServerResponse).write(String(subject.CN));
    else answer(response, String(subject.CN));
  };
  const api = await server(t, handler, { clientAuthority: clients });
  const credentialOf = (name: string): Credential => {
    const { certificate, key } = makeCertificate({ name, authority: clients });
    return { headers: {}, tls: { ca: [api.authority.certificate], certificate, key } };
  };
  let current = credentialOf("jane");
  const credentials = { current: async () => current, rejected: async (one: Credential) => one };
  const transport = open(t, api.access({ credentials }));
  const watch = await transport.send(get("/watch"));
  current = credentialOf("john");
  assert.equal(await fetchText(transport), "john");
  assert.equal(api.connections, 2);
  assert.equal(watch.body.destroyed, false);
  assert.equal(
    (watch.body.read() as Buffer | null)?.toString() ??
      (await once(watch.body, "readable"), watch.body.read().toString()),
    "jane",
  );
  watch.body.destroy();
  await until(() => api.sessions.size === 1);
});

test("speaks HTTP/1.1 where the server does not agree to more, and keeps its connections alive", async (t) => {
  const api = await server(
    t,
    (request, response) => answer(response, `${request.httpVersion} ${request.headers.host}`),
    {
      protocol: "http/1.1",
    },
  );
  const transport = open(t, api.access());
  for (let i = 0; i < 3; i++) assert.equal(await fetchText(transport), `1.1 ${api.url.host}`);
  assert.equal(api.connections, 1);
  await Promise.all(Array.from({ length: 5 }, () => fetchText(transport)));
  assert.ok(api.connections > 1 && api.connections <= 5);
});

test("speaks plain HTTP where the server's URL says so", async (t) => {
  const api = await server(t, (_request, response, body) => answer(response, body), { protocol: "plain" });
  assert.equal(await fetchText(open(t, api.access()), { ...get(), method: "PUT", body: "ä" }), "ä");
});

test("speaks HTTP/1.1 to a server of HTTP/2 when told", async (t) => {
  const api = await server(t, (request, response) => answer(response, request.httpVersion), { protocol: "http/1.1" });
  assert.equal(await fetchText(open(t, api.access(), { protocol: "http/1.1" })), "1.1");
});

test("explains certificates that do not fit", async (t) => {
  const api = await server(t, ok, { hosts: ["api.example"] });
  const expired = await server(t, ok, { notAfter: new Date(Date.now() - 1000) });
  const wrongName = await failure(fetchText(open(t, api.access())), "tls");
  assert.match(wrongName.message, /not for 127\.0\.0\.1 but for DNS:api\.example/);
  assert.match(wrongName.hint ?? "", /tls-server-name/);
  const unknown = await failure(fetchText(open(t, api.access({ tls: {} }))), "tls");
  assert.match(unknown.hint ?? "", /certificate-authority-data/);
  assert.match((await failure(fetchText(open(t, expired.access())), "tls")).message, /has expired/);
  const named = { ca: [api.authority.certificate], serverName: "api.example" };
  assert.equal(await fetchText(open(t, api.access({ tls: named }))), "{}");
  assert.equal(await fetchText(open(t, api.access({ tls: { insecureSkipVerify: true } }))), "{}");
  const rubbish = { certificate: "-----BEGIN NONSENSE-----", key: "hunter2" };
  const unreadable = await failure(fetchText(open(t, api.access({ tls: rubbish }))), "tls");
  assert.match(unreadable.hint ?? "", /PEM/);
  assert.doesNotMatch(`${unreadable.message}${unreadable.hint}`, /hunter2/);
});

test("explains a client certificate that the server does not take", async (t) => {
  const api = await server(t, ok, { clientAuthority: makeCertificate({ name: "clients" }) });
  const error = await failure(fetchText(open(t, api.access())), "tls");
  assert.match(error.message, /refused the client certificate/);
});

test("explains a server that cannot be reached", async (t) => {
  const api = await startServer(ok);
  const access = api.access();
  await api.close();
  const refused = await failure(fetchText(open(t, access)), "connection");
  assert.match(refused.message, /connection refused/);
  assert.equal(refused.unsent, true);
  const nowhere = await failure(
    fetchText(open(t, api.access({ server: new URL("https://nowhere.invalid") }))),
    "connection",
  );
  assert.match(nowhere.message, /host name/);
});

test("gives up on a connection that does not come about in time", async (t) => {
  const api = await server(t, ok);
  const relay = await startRelay(api.url);
  t.after(() => relay.close());
  relay.freeze();
  const clock = virtualClock();
  const transport = open(t, api.access({ server: new URL(`https://127.0.0.1:${relay.port}`) }), { clock });
  const waiting = failure(fetchText(transport), "connection");
  await until(() => clock.pending > 0);
  clock.advance(30_000);
  assert.match((await waiting).message, /no connection within 30 s/);
});

test("dials a connection of its own for HTTP/1.1", async (t) => {
  const api = await server(t, ok, { protocol: "http/1.1" });
  const transport = open(
    t,
    api.access({ server: new URL("/prefix/", api.url), headers: { authorization: "Bearer t" } }),
  );
  const { socket, headers, host, prefix } = await transport.dial();
  assert.deepEqual([headers, host, prefix], [{ authorization: "Bearer t" }, api.url.host, "/prefix"]);
  socket.write(`GET /x HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  const [head] = (await once(socket, "data")) as [Buffer];
  assert.match(head.toString(), /^HTTP\/1\.1 200/);
  socket.destroy();
});

test("closes after the streams in flight have ended, and takes no more", async (t) => {
  let held: ScriptedResponse | undefined;
  const api = await server(t, (_request, response) => void (held = response));
  const transport = open(t, api.access());
  const slow = fetchText(transport);
  await until(() => held !== undefined);
  const closed = transport.close();
  await failure(transport.send(get()), "closed");
  answer(held!, "{}");
  assert.equal(await slow, "{}");
  await closed;
  await until(() => api.sessions.size === 0);
});

test("closes at once when forced", async (t) => {
  const api = await server(t, () => {});
  const transport = open(t, api.access());
  const waiting = failure(fetchText(transport), "closed");
  await until(() => api.seen.length === 1);
  await transport.close({ force: true });
  await waiting;
});

test("gives the bytes of a socket that is read slowly no more room than its window", async (t) => {
  const size = 64 * 2 ** 20;
  const api = await server(t, (_request, response) => (response as Http2ServerResponse).end(Buffer.alloc(size)));
  const transport = open(t, api.access(), { windowBytes: 2 ** 20 });
  const { body } = await transport.send(get());
  let socket: Socket | undefined;
  for (const one of api.sockets) socket = one;
  await until(() => (socket?.bytesWritten ?? 0) > 2 ** 20);
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(socket!.bytesWritten < 8 * 2 ** 20, `${socket!.bytesWritten}`);
  let total = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) total += chunk.length;
  assert.equal(total, size);
});
