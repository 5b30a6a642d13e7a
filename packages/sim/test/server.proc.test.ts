import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { ApiRequest } from "../src/api/request.ts";
import { forbidden, tooManyRequests } from "../src/errors.ts";
import { createClusterCertificates } from "../src/serve/certificates/cluster-certificates.ts";
import { startServer } from "../src/serve/server.ts";
import { systemClock } from "../src/serve/system-clock.ts";
import { byCertificate, get, http2, nobody, serve, text } from "./serve-harness.ts";

test("answers over both versions of HTTP with the same head", async (t) => {
  const harness = await serve(t, {
    handle: (request) => Promise.resolve(text(`${request.method} ${request.path} ${request.query.get("a")}`)),
    headers: () => ({ "x-kubernetes-pf-flowschema-uid": "f", "x-kubernetes-pf-prioritylevel-uid": "p" }),
  });
  const second = await http2(harness.session(), get("/a/b?a=1&b"));
  const first = await harness.http1({ path: "/a/b?a=1&b" });
  for (const { status, headers, body } of [first, second]) {
    assert.deepEqual([status, body.toString()], [200, "GET /a/b 1"]);
    assert.equal(headers["cache-control"], "no-cache, private");
    assert.equal(headers["content-length"], "10");
    assert.equal(headers["x-kubernetes-pf-flowschema-uid"], "f");
    assert.match(String(headers["audit-id"]), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  }
  assert.notEqual(first.headers["audit-id"], second.headers["audit-id"]);
  assert.equal((await http2(harness.session(), get("/", { "audit-id": "mine" }))).headers["audit-id"], "mine");
});

test("answers HEAD without a body and hands other methods on", async (t) => {
  const methods: string[] = [];
  const harness = await serve(t, {
    handle: (request) => Promise.resolve(text(String(methods.push(request.method)))),
  });
  const session = harness.session();
  const head = await http2(session, { ":method": "HEAD", ":path": "/" });
  assert.deepEqual([head.headers["content-length"], head.body.length], ["1", 0]);
  const older = await harness.http1({ method: "HEAD" });
  assert.deepEqual([older.headers["content-length"], older.body.length], ["1", 0]);
  await http2(session, { ":method": "OPTIONS", ":path": "/" });
  await harness.http1({ method: "PATCH" });
  assert.deepEqual(methods, ["HEAD", "HEAD", "OPTIONS", "PATCH"]);
});

test("names headers over HTTP/1.1 as Go does, and speaks of no connection", async (t) => {
  const harness = await serve(t, { headers: () => ({ "x-kubernetes-pf-flowschema-uid": "f" }) });
  const { rawHeaders } = await harness.http1({});
  const names = rawHeaders.filter((_, index) => index % 2 === 0 && rawHeaders[index] !== "Date");
  assert.deepEqual(names.sort(), [
    "Audit-Id",
    "Cache-Control",
    "Connection",
    "Content-Length",
    "Content-Type",
    "X-Kubernetes-Pf-Flowschema-Uid",
  ]);
  // Its client has asked for the end.
  assert.equal(rawHeaders[rawHeaders.indexOf("Connection") + 1], "close");
});

test("has no route for HEAD and OPTIONS below the API", async (t) => {
  const harness = await serve(t, {});
  const session = harness.session();
  for (const [method, path, status] of [
    ["HEAD", "/api/v1/pods", 405],
    ["OPTIONS", "/apis", 405],
    ["OPTIONS", "/version", 405],
    ["HEAD", "/healthz", 200],
    ["OPTIONS", "/apiserver", 200],
    ["OPTIONS", "/api/v1/namespaces/a/services/b/proxy/", 200],
  ] as const) {
    const answer = await http2(session, { ":method": method, ":path": path });
    assert.equal(answer.status, status, `${method} ${path}`);
    if (status !== 405 || method === "HEAD") continue;
    const { message } = JSON.parse(answer.body.toString()) as { message: string };
    assert.equal(message, "the server does not allow this method on the requested resource");
  }
});

test("writes the API's JSON in lines for those who read it, and ends it with a line break for others", async (t) => {
  const response = text('{"a":[1,{}]}', { contentType: "application/json" });
  const harness = await serve(t, { handle: () => Promise.resolve(response) });
  const session = harness.session();
  const bodyOf = async (path: string, agent = "kubectl"): Promise<string> =>
    (await http2(session, get(path, { "user-agent": agent }))).body.toString();
  const lines = '{\n  "a": [\n    1,\n    {}\n  ]\n}';
  assert.equal(await bodyOf("/api/v1"), '{"a":[1,{}]}\n');
  for (const agent of ["curl/8.0", "Wget", "Mozilla/5.0 (X)"]) assert.equal(await bodyOf("/apis", agent), lines);
  assert.equal(await bodyOf("/api?pretty=true"), lines);
  assert.equal(await bodyOf("/api?pretty=0", "curl"), '{"a":[1,{}]}\n');
  assert.equal(await bodyOf("/openapi/v2", "curl"), '{"a":[1,{}]}');
});

test("knows users by their verified certificates, refuses others' and calls the rest anonymous", async (t) => {
  const handle = ({ user }: ApiRequest) => Promise.resolve(text(JSON.stringify(user)));
  const harness = await serve(t, { handle, authenticator: byCertificate });
  const { certificates } = harness;
  const ann = certificates.issueClient({ commonName: "ann", organizations: ["a", "b"] });
  const user = await http2(harness.session({ cert: ann.certificate, key: ann.key }), get("/"));
  assert.deepEqual(JSON.parse(user.body.toString()), { name: "ann", groups: ["a", "b"] });
  const solo = certificates.issueClient({ commonName: "solo", organizations: ["one"] });
  const one = await harness.http1({ cert: solo.certificate, key: solo.key });
  assert.deepEqual(JSON.parse(one.body.toString()), { name: "solo", groups: ["one"] });
  const anonymous = await http2(harness.session(), get("/"));
  const expected = { name: "system:anonymous", groups: ["system:unauthenticated"] };
  assert.deepEqual(JSON.parse(anonymous.body.toString()), expected);

  const strangers = createClusterCertificates({ clock: systemClock });
  const eve = strangers.issueClient({ commonName: "ann" });
  const old = certificates.issueClient({ commonName: "ann", ttlMs: -1000 });
  for (const { certificate, key } of [eve, old]) {
    const refused = await http2(harness.session({ cert: certificate, key }), get("/"));
    assert.equal(refused.status, 401);
    assert.deepEqual(JSON.parse(refused.body.toString()), {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: "Unauthorized",
      reason: "Unauthorized",
      code: 401,
    });
  }
});

test("refuses who presents something wrong", async (t) => {
  const harness = await serve(t, {
    authenticator: { authenticate: () => Promise.resolve({ kind: "refused", message: "secret details" }) },
  });
  const { status, body } = await http2(harness.session(), get("/", { authorization: "Bearer x" }));
  assert.equal(status, 401);
  assert.ok(!body.includes("secret"));
});

test("answers what a handler throws, and tells clients nothing of faults of its own", async (t) => {
  const seen: unknown[] = [];
  const harness = await serve(t, {
    onError: (error) => seen.push(error),
    handle: ({ path }) => {
      if (path === "/busy") throw tooManyRequests("later", 7);
      if (path === "/no") throw forbidden({ group: "", plural: "pods" }, "x", "no");
      throw new Error("password 1234");
    },
  });
  const session = harness.session();
  const busy = await http2(session, get("/busy"));
  assert.deepEqual([busy.status, busy.headers["retry-after"]], [429, "7"]);
  assert.equal((await http2(session, get("/no"))).status, 403);
  const fault = await http2(session, get("/fault"));
  assert.equal(fault.status, 500);
  assert.ok(!fault.body.includes("1234"));
  assert.deepEqual(seen.map(String), ["Error: password 1234"]);
});

test("writes warnings as headers, in UTF-8 and quoted", async (t) => {
  const warnings = ['say "no" \\', "grün ✓", "same", "same"];
  const harness = await serve(t, { handle: () => Promise.resolve(text("", { warnings })) });
  const expected = [String.raw`299 - "say \"no\" \\"`, '299 - "grün ✓"', '299 - "same"'];
  const utf8 = (value: string): string => Buffer.from(value, "latin1").toString();
  const { rawHeaders } = await harness.http1({});
  assert.deepEqual(rawHeaders.filter((_, index) => rawHeaders[index - 1] === "Warning").map(utf8), expected);
  const { headers } = await http2(harness.session(), get("/"));
  assert.equal(utf8(String(headers["warning"])), expected.join(", "));
});

test("compresses long answers for those who accept it", async (t) => {
  const long = [Buffer.alloc(100_000, "a"), Buffer.alloc(100_000, "b"), Buffer.from("c")];
  const short = [Buffer.alloc(100_000, "a")];
  const handle = ({ path }: ApiRequest) =>
    Promise.resolve({
      kind: "body" as const,
      status: 200,
      contentType: "application/json",
      body: path === "/long" ? long : short,
    });
  const harness = await serve(t, { handle });
  const session = harness.session();
  const whole = Buffer.concat(long);
  const accepts = { "accept-encoding": "br, gzip" };
  for (const { headers, body } of [
    await http2(session, get("/long", accepts)),
    await harness.http1({ path: "/long", headers: accepts }),
  ]) {
    assert.deepEqual([headers["content-encoding"], headers["vary"]], ["gzip", "Accept-Encoding"]);
    assert.ok(body.length < 5_000 && gunzipSync(body).equals(whole));
  }
  const plain = await http2(session, get("/long"));
  assert.deepEqual([plain.headers["content-encoding"], plain.headers["content-length"]], [undefined, "200001"]);
  assert.ok(plain.body.equals(whole));
  assert.equal((await http2(session, get("/short", accepts))).headers["content-encoding"], undefined);
});

test("hands bodies on as they came, and refuses those that are too large", async (t) => {
  const sizes: number[] = [];
  const handle = ({ body }: ApiRequest) => Promise.resolve(text(String(sizes.push(body.length))));
  const harness = await serve(t, { handle, limits: { body: 1000 } });
  const session = harness.session();
  const post = { ":method": "POST", ":path": "/" };
  assert.equal((await http2(session, post, Buffer.alloc(1000))).status, 200);
  assert.equal((await harness.http1({ method: "POST" }, "x".repeat(1000))).status, 200);
  assert.deepEqual(sizes, [1000, 1000]);
  const declared = await http2(session, { ...post, "content-length": 1001 }, Buffer.alloc(1001));
  const streamed = await http2(session, post, Buffer.alloc(100_000));
  const older = await harness.http1({ method: "POST" }, "x".repeat(100_000));
  const chunked = await harness.http1(
    { method: "POST", headers: { "transfer-encoding": "chunked" } },
    "x".repeat(2_000),
  );
  for (const { status, body } of [declared, streamed, older, chunked]) {
    assert.equal(status, 413);
    assert.equal(JSON.parse(body.toString()).message, "Request entity too large: limit is 1000");
  }
  assert.equal(sizes.length, 2);
  assert.equal((await http2(session, get("/"))).status, 200);
});

test("refuses to listen where others can connect, unless told so", async () => {
  const certificates = createClusterCertificates({ clock: systemClock });
  const options = { handle: () => Promise.resolve(text("")), authenticator: nobody, certificates, clock: systemClock };
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "example.com"]) {
    await assert.rejects(startServer({ ...options, random: () => 0, host }), /is no loopback address/);
  }
  const server = await startServer({ ...options, random: () => 0, host: "0.0.0.0", allowRemote: true });
  await server.close();
  await server.close();
});

test("says why it cannot listen", async (t) => {
  const { server, certificates } = await serve(t, {});
  await assert.rejects(
    startServer({
      handle: () => Promise.resolve(text("")),
      authenticator: nobody,
      certificates,
      clock: systemClock,
      random: () => 0,
      port: server.port,
    }),
    { code: "EADDRINUSE" },
  );
});
