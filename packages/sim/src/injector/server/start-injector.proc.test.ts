import assert from "node:assert/strict";
import { request } from "node:https";
import { afterEach, test } from "node:test";
import { virtualClock, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { podOf } from "../../../test/injection.ts";
import { at, jsonIn } from "../inject/pod-parts.ts";
import { injectorConfigMap, meshConfigMap, type IstioOptions } from "../objects/istio-objects.ts";
import type { ConfigMapSource } from "./config-source.ts";
import type { InjectorFault } from "./faults.ts";
import { startInjector, type Injector, type InjectorOptions } from "./start-injector.ts";

/** ConfigMaps that a test sets. */
function configMaps(...installed: readonly IstioOptions[]) {
  const stored = new Map<string, JsonObject>();
  const watches = new Set<() => void>();
  const put = (...objects: readonly JsonObject[]): void => {
    for (const object of objects)
      stored.set(`${String(at(object, "metadata", "namespace"))}/${String(at(object, "metadata", "name"))}`, object);
    for (const tell of watches) tell();
  };
  const source: ConfigMapSource = {
    watch: (namespace, name, tell) => {
      const look = (): void => tell(stored.get(`${namespace}/${name}`));
      watches.add(look);
      look();
      return () => watches.delete(look);
    },
  };
  for (const one of installed) put(injectorConfigMap(one), meshConfigMap(one));
  return { source, put, watches };
}

const running = new Set<Injector>();

async function started(options: InjectorOptions): Promise<Injector> {
  const injector = await startInjector({ revisions: [{ revision: "" }], ...options });
  running.add(injector);
  return injector;
}

afterEach(async () => {
  for (const one of running) await one.stop();
  running.clear();
});

interface Posted {
  readonly status: number;
  readonly body: string;
  readonly response: JsonValue | undefined;
}

function post(
  injector: Injector,
  options: { path?: string; revision?: string; body?: string; type?: string; namespace?: string } = {},
): Promise<Posted> {
  const { path = "/inject", revision = "", type = "application/json", namespace = "shop" } = options;
  const review = {
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: { uid: "u-1", namespace, object: podOf(), dryRun: true },
  };
  const { host, port } = injector.address(revision);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host,
        port,
        path: `${path}?timeout=10s`,
        method: "POST",
        ca: injector.authority,
        agent: false,
        headers: { "content-type": type },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("end", () => {
          const body = Buffer.concat(chunks).toString();
          resolve({ status: incoming.statusCode!, body, response: at(jsonIn(body), "response") });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(options.body ?? JSON.stringify(review));
  });
}

function patchOf({ response }: Posted): JsonValue | undefined {
  const patch = at(response, "patch");
  return typeof patch === "string" ? jsonIn(Buffer.from(patch, "base64").toString()) : undefined;
}

const image = (posted: Posted): string => /proxyv2:[^"]*/.exec(JSON.stringify(patchOf(posted)))?.[0] ?? "none";

test("answers reviews with a patch, and remembers what it was asked", async () => {
  const { source } = configMaps({ version: "1.28.0" });
  const injector = await started({ source });
  const posted = await post(injector);
  assert.equal(posted.status, 200);
  assert.deepEqual(
    [at(posted.response, "uid"), at(posted.response, "allowed"), at(posted.response, "patchType")],
    ["u-1", true, "JSONPatch"],
  );
  assert.equal(image(posted), "proxyv2:1.28.0");
  await post(injector, { namespace: "other" });
  await post(injector, { namespace: "kube-system" });
  assert.equal(injector.calls.count(), 3);
  const [first] = injector.calls.list();
  const { key, ...rest } = first!;
  assert.match(key, /^[0-9a-f]{12}$/);
  assert.deepEqual(rest, {
    revision: "",
    path: "/inject",
    namespace: "shop",
    pod: "web-5d8f7c9b4-",
    dryRun: true,
    outcome: "injected",
  });
  assert.deepEqual(
    injector.calls.list().map(({ outcome }) => outcome),
    ["injected", "injected", "skipped"],
  );
  assert.equal(injector.calls.keys(), 3);
  injector.calls.clear();
  assert.equal(injector.calls.count(), 0);
});

test("serves several revisions, each at its own port and with its own configuration", async () => {
  const { source } = configMaps({ version: "1.28.0" }, { version: "1.29.0", revision: "1-29" });
  const injector = await started({ source, revisions: [{ revision: "" }, { revision: "1-29" }] });
  assert.equal(image(await post(injector)), "proxyv2:1.28.0");
  assert.equal(image(await post(injector, { revision: "1-29" })), "proxyv2:1.29.0");
  assert.notEqual(injector.url(""), injector.url("1-29"));
  await injector.removeRevision("1-29");
  assert.throws(() => injector.url("1-29"), /does not serve the revision "1-29"/);
});

test("serves a changed ConfigMap after its delay, the first at once", async () => {
  const clock = virtualClock();
  const { source, put } = configMaps({ version: "1.28.0" });
  const injector = await started({ source, clock, delayMs: 5000 });
  assert.equal(injector.tag(), "1.28.0");
  put(injectorConfigMap({ version: "1.29.0" }));
  assert.equal(image(await post(injector)), "proxyv2:1.28.0");
  const served = injector.serves("", "1.29.0");
  clock.advance(5000);
  await served;
  assert.equal(image(await post(injector)), "proxyv2:1.29.0");
});

test("goes on with what it had when a ConfigMap has a mistake", async () => {
  const { source, put } = configMaps({ version: "1.28.0" });
  const injector = await started({ source });
  put(injectorConfigMap({ version: "1.29.0", templates: { sidecar: "{{ if }}" } }));
  assert.match(injector.problem()!, /^template sidecar, line 1: missing value/);
  assert.equal(image(await post(injector)), "proxyv2:1.28.0");
  put(injectorConfigMap({ version: "1.29.0" }));
  assert.equal(injector.problem(), undefined);
  assert.equal(injector.tag(), "1.29.0");
});

test("is unavailable until it has a configuration", async () => {
  const { source, put } = configMaps();
  const injector = await started({ source });
  const posted = await post(injector);
  assert.deepEqual([posted.status, posted.body], [503, "no ConfigMap istio-sidecar-injector\n"]);
  put(injectorConfigMap({ version: "1.28.0" }));
  assert.equal((await post(injector)).status, 200);
});

test("takes variables from its path, and refuses what is no review", async () => {
  const { source } = configMaps({ version: "1.28.0" });
  const injector = await started({ source });
  const posted = await post(injector, { path: "/inject/cluster/c7/net/n7" });
  assert.match(JSON.stringify(patchOf(posted)), /"name":"ISTIO_META_CLUSTER_ID","value":"c7"/);
  assert.equal((await post(injector, { path: "/other" })).status, 404);
  assert.equal((await post(injector, { body: "" })).status, 400);
  assert.equal((await post(injector, { body: "[]" })).status, 400);
  assert.equal((await post(injector, { type: "text/plain" })).status, 415);
  assert.equal((await post(injector, { body: "x".repeat(5 << 20) })).status, 413);
});

const faults: readonly (readonly [InjectorFault, (posted: Posted) => void])[] = [
  [{ kind: "status", status: 503 }, ({ status }) => assert.equal(status, 503)],
  [{ kind: "text" }, ({ body }) => assert.match(body, /^<html>/)],
  [{ kind: "large" }, ({ body }) => assert.ok(body.length > 10 << 20)],
  [
    { kind: "denied", message: "no" },
    ({ response }) => assert.deepEqual(response, { uid: "u-1", allowed: false, status: { message: "no" } }),
  ],
  [{ kind: "nothing" }, ({ response }) => assert.deepEqual(response, { uid: "u-1", allowed: true })],
  [{ kind: "wrong uid" }, ({ response }) => assert.notEqual(at(response, "uid"), "u-1")],
  [{ kind: "undecodable patch" }, (posted) => assert.deepEqual(patchOf(posted), {})],
  [{ kind: "inapplicable patch" }, (posted) => assert.match(JSON.stringify(patchOf(posted)), /9999/)],
  [{ kind: "foreign patch" }, (posted) => assert.match(JSON.stringify(patchOf(posted)), /kube-system/)],
  [
    { kind: "patch", operations: [{ op: "remove", path: "/spec" }] },
    (posted) => assert.deepEqual(patchOf(posted), [{ op: "remove", path: "/spec" }]),
  ],
];

for (const [fault, check] of faults) {
  test(`does wrong on purpose: ${fault.kind}, and right again afterwards`, async () => {
    const { source } = configMaps({ version: "1.28.0" });
    const injector = await started({ source });
    const end = injector.fault(fault, { namespace: "shop" });
    check(await post(injector));
    assert.equal(image(await post(injector, { namespace: "other" })), "proxyv2:1.28.0");
    end();
    assert.equal(image(await post(injector)), "proxyv2:1.28.0");
  });
}

test("hangs, cuts connections and is slow, as often as it is told", async () => {
  const clock = virtualClock();
  const { source } = configMaps({ version: "1.28.0" });
  const injector = await started({ source, clock });
  injector.fault({ kind: "reset" }, { times: 1 });
  await assert.rejects(post(injector), /socket hang up|ECONNRESET/);
  injector.fault({ kind: "slow", ms: 3000 }, { times: 1 });
  const slow = post(injector);
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(3000);
  assert.equal(image(await slow), "proxyv2:1.28.0");
  injector.fault({ kind: "hang" });
  const hung = assert.rejects(post(injector));
  while (injector.calls.count() < 3) await new Promise((resolve) => setImmediate(resolve));
  await injector.stop();
  running.delete(injector);
  await hung;
});
