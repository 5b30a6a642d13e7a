import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { inspect } from "node:util";
import { type ScriptedProxy, startHttpProxy, startSocksProxy } from "../../test/scripted-proxy.ts";
import { answer, type ScriptedServer, startServer } from "../../test/scripted-server.ts";
import { readBody } from "../client/read-body.ts";
import { isKubeError, type KubeError } from "../errors.ts";
import { createTransport } from "./create-transport.ts";

async function server(t: TestContext): Promise<ScriptedServer> {
  const api = await startServer((request, response) => answer(response, request.httpVersion), {
    hosts: ["api.example", "127.0.0.1"],
  });
  t.after(() => api.close());
  return api;
}

async function fetchThrough(
  t: TestContext,
  api: ScriptedServer,
  proxy: string,
  host = "api.example:6443",
): Promise<string> {
  const access = api.access({ server: new URL(`https://${host}`), proxy: new URL(proxy) });
  const transport = createTransport(access);
  t.after(() => transport.close({ force: true }));
  const { body } = await transport.send({ method: "GET", path: "/" });
  return readBody(body, 1_000, () => "read");
}

async function failure(work: Promise<unknown>): Promise<KubeError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(isKubeError(error, "connection"), inspect(error));
  assert.equal(error.unsent, true);
  assert.doesNotMatch(inspect(error), /hunter2|aHVudGVyM/);
  return error;
}

const starters: { readonly [scheme: string]: typeof startHttpProxy } = {
  http: startHttpProxy,
  socks5: startSocksProxy,
};

for (const [scheme, start] of Object.entries(starters)) {
  async function proxyFor(t: TestContext, api: ScriptedServer, user?: string): Promise<ScriptedProxy> {
    const proxy = await start({ target: api.url, ...(user === undefined ? {} : { user, password: "p@ss hunter2" }) });
    t.after(() => proxy.close());
    return proxy;
  }

  test(`reaches the server by name through a proxy (${scheme}), with HTTP/2`, async (t) => {
    const api = await server(t);
    const proxy = await proxyFor(t, api);
    assert.equal(await fetchThrough(t, api, `${scheme}://127.0.0.1:${proxy.port}`), "2.0");
    assert.match(proxy.asked[0]!, /api\.example:6443$/);
    // The certificate is not for this address; it is about what the proxy was asked for.
    await assert.rejects(fetchThrough(t, api, `${scheme}://127.0.0.1:${proxy.port}`, "[fd00::1]:6443"));
    assert.match(proxy.asked[1]!, / (?:\[fd00::1\]|fd000{27}1):6443$/);
    assert.equal(await fetchThrough(t, api, `${scheme}://127.0.0.1:${proxy.port}`, "127.0.0.1:6443"), "2.0");
    assert.match(proxy.asked[2]!, /127\.0\.0\.1:6443$/);
  });

  test(`gives the proxy (${scheme}) user and password, and keeps them out of errors`, async (t) => {
    const api = await server(t);
    const proxy = await proxyFor(t, api, "jane");
    const good = `${scheme}://jane:p%40ss%20hunter2@127.0.0.1:${proxy.port}`;
    assert.equal(await fetchThrough(t, api, good), "2.0");
    assert.equal(proxy.asked[0], "jane:p@ss hunter2 api.example:6443");
    const wrong = await failure(fetchThrough(t, api, `${scheme}://jane:hunter2@127.0.0.1:${proxy.port}`));
    assert.match(wrong.message, /user and password|407/);
    const none = await failure(fetchThrough(t, api, `${scheme}://127.0.0.1:${proxy.port}`));
    assert.match(none.hint ?? "", /user and password/);
  });

  test(`explains a proxy (${scheme}) that is not there, hangs up or talks nonsense`, async (t) => {
    const api = await server(t);
    const answers = ["", "nonsense and more of it\r\n\r\n", "x".repeat(100_000)];
    const other = createServer((socket: Socket) => {
      socket.on("error", () => {}).resume();
      socket.end(answers.shift() ?? "");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    for (const words of [/closed the connection/, /is not|closed/, /is not/]) {
      const error = await failure(fetchThrough(t, api, `${scheme}://jane:hunter2@127.0.0.1:${port}`));
      assert.match(error.message, words);
    }
    await new Promise((resolve) => other.close(resolve));
    assert.match(
      (await failure(fetchThrough(t, api, `${scheme}://127.0.0.1:${port}`))).message,
      /cannot be reached \(ECONNREFUSED\)/,
    );
  });
}

test("refuses a proxy of an unknown scheme", async (t) => {
  const api = await server(t);
  await assert.rejects(fetchThrough(t, api, "ftp://127.0.0.1:1"), (error) => isKubeError(error, "config"));
});
