import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import { injectorConfigMap, startInjector, type ConfigMapSource, type Injector } from "@fairlead/sim";
import type { HookClient } from "../../src/plan/sidecars/model/facts.ts";
import type { Question } from "../../src/plan/sidecars/model/question.ts";
import { askInjector } from "../../src/run/sidecars/oracle/ask-injector.ts";
import type { Asked } from "../../src/run/sidecars/oracle/asked.ts";
import { createPoster, type Poster } from "../../src/run/sidecars/oracle/post.ts";
import type { DialService } from "../../src/run/sidecars/oracle/target.ts";
import { proxyImage } from "./live-world.ts";

const clock = virtualClock();
const source: ConfigMapSource = {
  watch: (_namespace, name, tell) => {
    if (name.startsWith("istio-sidecar-injector")) tell(injectorConfigMap({ version: "1.29.0" }));
    return () => {};
  },
};
let injector: Injector;
let other: Injector;
let poster: Poster;

before(async () => {
  injector = await startInjector({ source, revisions: [{ revision: "" }] });
  other = await startInjector({ source, revisions: [{ revision: "" }] });
  poster = createPoster({ clock, connections: 2 });
});
after(async () => {
  poster.close();
  await injector.stop();
  await other.stop();
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const service = (change: Partial<Extract<HookClient, { kind: "service" }>> = {}): HookClient => ({
  kind: "service",
  namespace: "istio-system",
  name: "istiod",
  path: "/inject",
  port: 443,
  caBundle: base64(injector.authority),
  ...change,
});

function ask(
  client: HookClient | undefined,
  dial: DialService = () => injector.address(),
  signal = new AbortController().signal,
  through = poster,
): Promise<Asked> {
  const question: Question = {
    key: "k",
    cluster: "east",
    namespace: "shop",
    injector: { id: "i", revision: "default", client, timeoutSeconds: 10, inputs: "" },
    pod: {
      metadata: { name: "question", labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web:1" }] },
    },
  };
  return askInjector(question, { poster: through, dial, timeoutMs: 5_000, signal, random: Math.random });
}

const messageOf = (asked: Asked): string => (asked.kind === "failed" ? `${asked.why}: ${asked.message}` : "answered");

test("a Service is asked under the name that its certificate is for", async () => {
  const asked = await ask(service());
  assert.ok(asked.kind === "answered", messageOf(asked));
  assert.equal(proxyImage(asked.pod), "docker.io/istio/proxyv2:1.29.0");
  const call = injector.calls.list().at(-1)!;
  assert.deepEqual([call.namespace, call.dryRun], ["shop", true]);
});

test("a URL is asked as it is written", async () => {
  const asked = await ask({ kind: "url", url: injector.url(), caBundle: base64(injector.authority) });
  assert.equal(messageOf(asked), "answered");
});

const refused: readonly (readonly [string, () => HookClient | undefined, RegExp, DialService?])[] = [
  [
    "another authority's certificate",
    () => service({ caBundle: base64(other.authority) }),
    /^unreachable: .*cannot be reached/,
  ],
  ["a certificate for another name", () => service({ name: "other" }), /^unreachable: .*ERR_TLS_CERT_ALTNAME_INVALID/],
  ["no authority that is known", () => service({ caBundle: "" }), /^unreachable: /],
  ["nobody who listens", () => service(), /ECONNREFUSED/, () => ({ host: "127.0.0.1", port: 1 })],
  [
    "a Service that is out of reach",
    () => service(),
    /istio-system\/istiod cannot be reached from here/,
    () => undefined,
  ],
  ["a URL without TLS", () => ({ kind: "url", url: "http://127.0.0.1/inject", caBundle: "" }), /no https URL/],
  ["a URL that is none", () => ({ kind: "url", url: "::", caBundle: "" }), /no https URL/],
  ["no client at all", () => undefined, /neither a Service nor a URL/],
];
for (const [what, client, message, dial] of refused) {
  test(`${what}: not asked`, async () => assert.match(messageOf(await ask(client(), dial)), message));
}

test("an answer that does not come is given up, and the next question is answered", async () => {
  const end = injector.fault({ kind: "hang" });
  const pending = ask(service());
  let asked: Asked | undefined;
  void pending.then((one) => (asked = one));
  while (asked === undefined) {
    clock.advance(100);
    await new Promise((resolve) => void setImmediate(resolve));
  }
  end();
  assert.match(messageOf(asked), /did not answer within 5 s/);
  assert.equal(messageOf(await ask(service())), "answered");
});

test("an answer that is too long is not read to its end", async () => {
  const end = injector.fault({ kind: "large" });
  assert.equal(messageOf(await ask(service())), "injector: the injector: its answer is longer than 1024 KiB");
  end();
});

test("a connection that was kept and is closed is no failure", async () => {
  assert.equal(messageOf(await ask(service())), "answered");
  const end = injector.fault({ kind: "reset" }, { times: 1 });
  assert.equal(messageOf(await ask(service())), "answered");
  end();
});

test("an injector whose connection another call hands on is there, though it does not answer", async () => {
  const single = createPoster({ clock, connections: 1 });
  const put = () => ask(service(), () => injector.address(), undefined, single);
  const [first, second] = [put(), put()];
  assert.equal(messageOf(await first), "answered");
  const end = injector.fault({ kind: "hang" });
  let asked: Asked | undefined;
  void second.then((one) => (asked = one));
  while (asked === undefined) {
    clock.advance(100);
    await new Promise((resolve) => void setImmediate(resolve));
  }
  end();
  single.close();
  assert.match(messageOf(asked), /^injector: /);
});

test("a call ends when the controller does", async () => {
  const end = injector.fault({ kind: "hang" });
  const leaving = new AbortController();
  const pending = ask(service(), () => injector.address(), leaving.signal);
  leaving.abort();
  assert.match(messageOf(await pending), /given up/);
  end();
});

test("only injectors were connected to", () => {
  const { host, port } = injector.address();
  const allowed = new Set([`${host}:${port}`, "127.0.0.1:1"]);
  assert.deepEqual(
    poster.targets().filter((target) => !allowed.has(target)),
    [],
  );
});
