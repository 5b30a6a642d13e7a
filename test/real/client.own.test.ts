import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import {
  accessOf,
  type Client,
  type ClusterAccess,
  createClient,
  isKubeError,
  type KubeError,
  type KubeErrorCode,
  type Resource,
  type ServerWarning,
  type WatchEvent,
} from "@fairlead/kube";
import type { KrmObject } from "@fairlead/krm";
import { type Plane, startPlane } from "../../scripts/real/plane.ts";

let plane: Plane;
let client: Client;
let configMaps: Resource;
const warnings: ServerWarning[] = [];

function accessTo({ url, token, certificate }: Pick<Plane, "url" | "token" | "certificate">): ClusterAccess {
  return accessOf({ name: "real", server: url, token, ca: certificate });
}

before(async () => {
  plane = await startPlane();
  client = createClient(accessTo(plane), { onWarning: (warning) => warnings.push(warning) });
  configMaps = await client.discovery.resource({ apiVersion: "v1", kind: "ConfigMap" });
});

after(async () => {
  await client?.close();
  await plane?.stop();
});

function configMap(name: string, data: { [key: string]: string } = {}, more: JsonObject = {}): KrmObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...more }, data };
}

function resource(apiVersion: string, kind: string): Promise<Resource> {
  return client.discovery.resource({ apiVersion, kind });
}

async function failure(work: Promise<unknown>, code: KubeErrorCode): Promise<KubeError> {
  const error = await work.then(
    () => assert.fail("it did not fail"),
    (reason: unknown) => reason,
  );
  assert.ok(isKubeError(error), String(error));
  assert.equal(error.code, code, error.message);
  assert.ok(!error.message.includes(plane.token));
  return error;
}

const dataOf = (object: KrmObject): JsonValue | undefined => object["data"];
const versionOf = (object: KrmObject): string => String(object.metadata["resourceVersion"]);

test("creates, gets, updates, deletes", async () => {
  const created = await client.create(configMaps, configMap("verbs", { a: "1" }));
  assert.equal(created.metadata.namespace, "default");
  const got = await client.get(configMaps, { name: "verbs" });
  assert.deepEqual(got, created);
  const updated = await client.update(configMaps, { ...got, data: { a: "2" } });
  assert.deepEqual(dataOf(updated), { a: "2" });
  await failure(client.update(configMaps, { ...got, data: { a: "3" } }), "conflict");
  await failure(client.create(configMaps, configMap("verbs")), "already-exists");
  const answer = await client.delete(configMaps, { name: "verbs" });
  assert.equal(answer["status"], "Success");
  assert.equal(await client.find(configMaps, { name: "verbs" }), undefined);
  const error = await failure(client.get(configMaps, { name: "verbs" }), "not-found");
  assert.equal(error.message, 'get ConfigMap default/verbs: configmaps "verbs" not found');
  assert.equal(get(error.status?.details, "kind"), "configmaps");
  const generated = await client.create(configMaps, {
    ...configMap(""),
    metadata: { generateName: "made-" },
  } as KrmObject);
  assert.match(generated.metadata.name ?? "", /^made-/);
});

test("patches in four ways", async () => {
  const deployments = await resource("apps/v1", "Deployment");
  const container = (name: string) => ({ name, image: `registry.example/${name}:1` });
  const labels = { app: "patched" };
  await client.create(deployments, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "patched" },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container("a")] } },
    },
  });
  const key = { name: "patched" };
  const names = (object: KrmObject): unknown[] => {
    const containers = get(get(get(object["spec"], "template"), "spec"), "containers");
    return Array.isArray(containers) ? containers.map((one) => get(one, "name")) : [];
  };
  const pods = (containers: JsonValue) => ({ spec: { template: { spec: { containers } } } });
  assert.deepEqual(names(await client.patch(deployments, key, pods([container("b")]), { type: "strategic" })), [
    "b",
    "a",
  ]);
  assert.deepEqual(names(await client.patch(deployments, key, pods([container("c")]), { type: "merge" })), ["c"]);
  const operation = { op: "add", path: "/spec/template/spec/containers/-", value: container("d") };
  assert.deepEqual(names(await client.patch(deployments, key, [operation], { type: "json" })), ["c", "d"]);
  const test409 = [{ op: "test", path: "/spec/replicas", value: 9 }];
  await failure(client.patch(deployments, key, test409, { type: "json" }), "invalid");
  const applied = await client.apply(
    deployments,
    { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "patched" }, spec: { replicas: 3 } },
    { fieldManager: "scaler", force: true },
  );
  assert.equal(get(applied["spec"], "replicas"), 3);
  const scale = await client.get(deployments, key, { subresource: "scale" });
  assert.equal(scale.kind, "Scale");
  const scaled = await client.update(deployments, { ...scale, spec: { replicas: 5 } }, { subresource: "scale" });
  assert.deepEqual(scaled["spec"], { replicas: 5 });
});

test("applies, names the other manager in a conflict, and forces", async () => {
  await client.apply(configMaps, configMap("ssa", { a: "1", b: "1" }), { fieldManager: "one" });
  const error = await failure(
    client.apply(configMaps, configMap("ssa", { a: "2" }), { fieldManager: "two" }),
    "conflict",
  );
  const [cause] = error.status?.details?.causes ?? [];
  assert.deepEqual([cause?.reason, cause?.field], ["FieldManagerConflict", ".data.a"]);
  assert.match(error.message, /^apply ConfigMap default\/ssa: .*conflict with "one"/);
  const forced = await client.apply(configMaps, configMap("ssa", { a: "2" }), { fieldManager: "two", force: true });
  assert.deepEqual(dataOf(forced), { a: "2", b: "1" });
  const released = await client.apply(configMaps, configMap("ssa"), { fieldManager: "one" });
  assert.deepEqual(dataOf(released), { a: "2" });
});

test("applies any text, for it goes as YAML", async () => {
  const text = "\u007f\u0080\u0085\u009f\u00a0\u2028\u2029\ufeff\ufffd😀\t\n\r'\"\\: - # yes no ~ 0777 <<";
  const applied = await client.apply(configMaps, configMap("text", { a: text, yes: "no" }), { fieldManager: "one" });
  assert.deepEqual(dataOf(applied), { a: text, yes: "no" });
  assert.deepEqual(dataOf(await client.get(configMaps, { name: "text" })), { a: text, yes: "no" });
});

test("stores nothing in a dry run of each verb", async () => {
  const dryRun = true;
  await client.create(configMaps, configMap("dry"), { dryRun });
  await client.apply(configMaps, configMap("dry"), { fieldManager: "one", dryRun });
  assert.equal(await client.find(configMaps, { name: "dry" }), undefined);
  const stored = await client.create(configMaps, configMap("dry", { a: "1" }));
  await client.update(configMaps, { ...stored, data: {} }, { dryRun });
  await client.patch(configMaps, { name: "dry" }, { data: { a: "2" } }, { type: "merge", dryRun });
  await client.delete(configMaps, { name: "dry" }, { dryRun });
  await client.deleteCollection(configMaps, { namespace: "default", dryRun });
  assert.deepEqual(await client.get(configMaps, { name: "dry" }), stored);
});

test("deletes under conditions only, and in the manner asked for", async () => {
  const stored = await client.create(configMaps, configMap("conditions", {}, { finalizers: ["example.com/wait"] }));
  const key = { name: "conditions" };
  await failure(client.delete(configMaps, key, { preconditions: { uid: "another" } }), "conflict");
  await failure(client.delete(configMaps, key, { preconditions: { resourceVersion: "1" } }), "conflict");
  const preconditions = { uid: String(stored.metadata["uid"]), resourceVersion: versionOf(stored) };
  const going = await client.delete(configMaps, key, {
    preconditions,
    propagation: "Foreground",
    gracePeriodSeconds: 0,
  });
  assert.ok(going.metadata["deletionTimestamp"]);
  assert.deepEqual(going.metadata["finalizers"], ["example.com/wait", "foregroundDeletion"]);
  const operation = [{ op: "remove", path: "/metadata/finalizers" }];
  await client.patch(configMaps, key, operation, { type: "json" });
  assert.equal(await client.find(configMaps, key), undefined);
});

test("lists in one answer and in pages, selects, and deletes a selection", async () => {
  const labels = { suite: "pages" };
  const names = Array.from({ length: 7 }, (_, index) => `page-${index}`);
  for (const name of names) await client.create(configMaps, configMap(name, {}, { labels }));
  const options = { namespace: "default", labelSelector: "suite=pages" };
  const all = await client.list(configMaps, options);
  assert.deepEqual(
    all.items.map(({ kind, apiVersion, metadata }) => `${apiVersion} ${kind} ${metadata.name}`),
    names.map((name) => `v1 ConfigMap ${name}`),
  );
  const pages: string[][] = [];
  for await (const page of client.pages(configMaps, { ...options, limit: 3 })) {
    pages.push(page.items.map(({ metadata }) => metadata.name ?? ""));
  }
  assert.deepEqual(pages, [names.slice(0, 3), names.slice(3, 6), names.slice(6)]);
  const one = await client.list(configMaps, { fieldSelector: "metadata.name=page-3" });
  assert.equal(one.items.length, 1);
  await client.deleteCollection(configMaps, options);
  assert.equal((await client.list(configMaps, options)).items.length, 0);
  await failure(client.list(configMaps, { limit: 1, continue: "rubbish" }), "bad-request");
});

async function take(events: AsyncIterable<WatchEvent>, isLast: (event: WatchEvent) => boolean): Promise<WatchEvent[]> {
  const seen = [];
  for await (const event of events) {
    seen.push(event);
    if (isLast(event)) return seen;
  }
  return assert.fail("the watch ended early");
}

const short = (event: WatchEvent): string =>
  event.type === "BOOKMARK" ? "BOOKMARK" : `${event.type} ${event.object.metadata.name}`;

test("watches from a version on", async () => {
  const { resourceVersion } = await client.list(configMaps, { limit: 1 });
  const events = take(
    client.watch(configMaps, { namespace: "default", resourceVersion, timeoutSeconds: 60 }),
    ({ type }) => type === "DELETED",
  );
  const stored = await client.create(configMaps, configMap("watched"));
  await client.update(configMaps, { ...stored, data: { a: "1" } });
  await client.delete(configMaps, { name: "watched" });
  assert.deepEqual((await events).map(short), ["ADDED watched", "MODIFIED watched", "DELETED watched"]);
});

test("streams a list when it begins a watch", async () => {
  await client.create(configMaps, configMap("streamed"));
  const options = { namespace: "default", fieldSelector: "metadata.name=streamed", sendInitialEvents: true };
  const events = take(
    client.watch(configMaps, options),
    (event) => event.type === "BOOKMARK" && event.initialEventsEnd,
  );
  if (plane.kubernetes.startsWith("1.30.")) {
    assert.match((await failure(events, "invalid")).message, /sendInitialEvents/);
    return;
  }
  assert.deepEqual((await events).map(short), ["ADDED streamed", "BOOKMARK"]);
});

test("ends a watch when the server's time for it is up", async () => {
  const { resourceVersion } = await client.list(configMaps, { limit: 1 });
  let opened = 0;
  const options = { resourceVersion, timeoutSeconds: 1, onOpen: () => opened++ };
  for await (const event of client.watch(configMaps, options)) short(event);
  assert.equal(opened, 1);
});

const group = "client.fairlead.test";

test("keeps every integer and every unknown field of a custom resource", async () => {
  const crds = await resource("apiextensions.k8s.io/v1", "CustomResourceDefinition");
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  await client.create(crds, {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget", shortNames: ["wdg"] },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  });
  let widgets: Resource | undefined;
  while (widgets === undefined) widgets = await client.discovery.find({ apiVersion: `${group}/v1`, kind: "Widget" });
  assert.equal((await client.discovery.lookup("wdg"))?.plural, "widgets");
  const body = `{"apiVersion":"${group}/v1","kind":"Widget","metadata":{"name":"exact"},"spec":{"big":9223372036854775807,"least":-9223372036854775808,"odd":9007199254740993,"float":0.1,"deep":[{"unknown":{"__proto__":1,"constructor":2}}]}}`;
  const written = exactly(body);
  const created = await client.create(widgets, written);
  assert.equal(JSON.stringify(ordered(created["spec"])), JSON.stringify(ordered(written["spec"])));
  const got = await client.get(widgets, { name: "exact" });
  assert.match(JSON.stringify(got), /"big":9223372036854775807,.*"least":-9223372036854775808,"odd":9007199254740993/);
  await client.update(widgets, got);
  const applied = await client.apply(widgets, exactly(body), { fieldManager: "one", force: true });
  assert.equal(JSON.stringify(ordered(applied["spec"])), JSON.stringify(ordered(written["spec"])));
  const [listed] = (await client.list(widgets)).items;
  assert.equal(JSON.stringify(listed?.["spec"]), JSON.stringify(got["spec"]));
});

function exactly(text: string): KrmObject {
  const parse = JSON.parse as (
    json: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ) => KrmObject;
  return parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined ? JSON.rawJSON(source) : value,
  );
}

function ordered(value: JsonValue | undefined): JsonValue {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isObject(value)) return value ?? null;
  return Object.keys(value)
    .sort()
    .map((key) => [key, ordered(value[key])]);
}

test("discovers what is served, and reads published schemas", async () => {
  const all = await client.discovery.resources();
  assert.ok(all.length > 60);
  assert.equal((await client.discovery.failures()).size, 0);
  assert.equal(await client.discovery.version(), plane.kubernetes);
  const deployments = await client.discovery.lookup("deploy");
  assert.deepEqual([deployments?.kind, deployments?.namespaced], ["Deployment", true]);
  assert.ok(deployments?.subresources?.includes("scale"));
  assert.equal((await client.discovery.lookup("events"))?.group, "");
  const error = await failure(client.discovery.resource({ apiVersion: "apps/v1", kind: "Deploymet" }), "unknown-kind");
  assert.equal(error.hint, "did you mean Deployment?");
  const published = await client.discovery.schema({ apiVersion: "apps/v1", kind: "Deployment" });
  assert.equal(published?.schema.properties?.["spec"]?.$ref, "io.k8s.api.apps.v1.DeploymentSpec");
  const container = published?.resolve("io.k8s.api.core.v1.Container");
  assert.deepEqual(container?.properties?.["ports"]?.["x-kubernetes-list-map-keys"], ["containerPort", "protocol"]);
});

test("tells what is invalid, field by field", async () => {
  const services = await resource("v1", "Service");
  const error = await failure(
    client.create(services, { apiVersion: "v1", kind: "Service", metadata: { name: "x" }, spec: {} }),
    "invalid",
  );
  assert.deepEqual(
    error.status?.details?.causes?.map(({ field, reason }) => [field, reason]),
    [["spec.ports", "FieldValueRequired"]],
  );
  assert.equal(error.httpStatus, 422);
});

test("refuses, tells or passes over unknown fields, as asked", async () => {
  const unknown = { ...configMap("unknown-field"), dta: { a: "1" } };
  const error = await failure(client.create(configMaps, unknown, { fieldValidation: "Strict" }), "bad-request");
  assert.match(error.message, /unknown field "dta"/);
  warnings.length = 0;
  await client.create(configMaps, unknown, { dryRun: true, fieldValidation: "Ignore" });
  assert.deepEqual(warnings, []);
  await client.create(configMaps, unknown, { dryRun: true, fieldValidation: "Warn" });
  assert.deepEqual(
    warnings.map(({ text }) => text),
    ['unknown field "dta"'],
  );
});

test("asks for tokens and reviews, and sees what another user may not", async () => {
  const accounts = await resource("v1", "ServiceAccount");
  await client.create(accounts, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "guest" } });
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 600 } };
  const answer = await client.post("/api/v1/namespaces/default/serviceaccounts/guest/token", request);
  const token = get(get(answer, "status"), "token");
  assert.ok(typeof token === "string" && token.length > 100);
  const guest = createClient(accessTo({ ...plane, token }));
  try {
    const attributes = { verb: "list", resource: "secrets", namespace: "default" };
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: attributes },
    };
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    assert.equal(get(get(await guest.post(path, review), "status"), "allowed"), false);
    assert.equal(get(get(await client.post(path, review), "status"), "allowed"), true);
    const error = await failure(guest.list(configMaps, { namespace: "default" }), "forbidden");
    assert.match(error.message, /^list ConfigMap in default: .*system:serviceaccount:default:guest/);
    assert.ok(!error.message.includes(token));
  } finally {
    await guest.close();
  }
});

test("tells credentials that are refused", async () => {
  const stranger = createClient(accessTo({ ...plane, token: "nobody" }));
  await failure(stranger.list(configMaps), "unauthorized");
  await stranger.close();
});

test("keeps the data of a Secret out of what the server says of it", async () => {
  const secrets = await resource("v1", "Secret");
  const base = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } };
  const wrong: readonly JsonObject[] = [
    { data: { key: "hunter2!" } },
    { stringData: { key: 47114711 } },
    { stringData: { key: ["hunter2!"] } },
  ];
  for (const data of wrong) {
    for (const write of [client.create, client.apply]) {
      const error = await write(secrets, { ...base, ...data }, { fieldManager: "one" }).then(
        () => assert.fail("it was accepted"),
        (reason: unknown) => reason as KubeError,
      );
      assert.doesNotMatch(`${error.message}${JSON.stringify(error.status)}`, /hunter2|47114711/);
    }
  }
});

test("reads logs as text, and tells of a missing pod", async () => {
  const error = await failure(client.getText("/api/v1/namespaces/default/pods/none/log"), "not-found");
  assert.match(error.message, /pods "none" not found/);
  assert.match(await client.getText("/readyz"), /ok/);
  const metrics = await client.stream("/metrics");
  let bytes = 0;
  for await (const chunk of metrics as AsyncIterable<Buffer>) bytes += chunk.length;
  assert.ok(bytes > 100_000);
});

test("shares one connection between a hundred calls at once", async () => {
  const all = await Promise.all(Array.from({ length: 100 }, () => client.get(configMaps, { name: "ssa" })));
  assert.equal(new Set(all.map(versionOf)).size, 1);
});
