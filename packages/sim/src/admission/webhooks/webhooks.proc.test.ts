import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { virtualClock, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { admit, context, pod, request, resources, shop } from "../../../test/admission.ts";
import { autoscalerV2, testHost, type Answer } from "../../../test/admission-host.ts";
import { issueCertificate } from "../../serve/certificates/issue-certificate.ts";
import { systemClock } from "../../serve/system-clock.ts";
import type { AdmissionRequest } from "../admission.ts";
import { createAdmission } from "../chain.ts";
import { field } from "../objects.ts";
import { mutatingWebhooks, validatingWebhooks } from "./plugins.ts";
import { webhookTransport, type WebhookTransport } from "./transport.ts";

const dates = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 3_600_000) };
const authority = issueCertificate({ commonName: "ca", usage: "authority", ...dates });
const served = issueCertificate({
  commonName: "hooks",
  usage: "server",
  issuer: authority,
  hosts: ["127.0.0.1", "hooks.shop.svc"],
  ...dates,
});

const reviews: JsonObject[] = [];
const paths: string[] = [];
const answers = new Map<string, Answer | "hang" | "text" | 500>();
const hung = Promise.withResolvers<void>();
let server: Server;
let connections = 0;
let transport: WebhookTransport;

const port = (): number => (server.address() as AddressInfo).port;

before(async () => {
  server = createServer({ key: served.key, cert: served.certificate }, (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as JsonObject;
      reviews.push(review);
      paths.push(`${incoming.headers.host ?? ""}${incoming.url ?? ""}`);
      const answer = answers.get(incoming.url!.split("?")[0]!) ?? (() => ({ allowed: true }));
      if (answer === "hang") return hung.resolve();
      if (answer === "text") return outgoing.end("nothing");
      if (answer === 500) {
        outgoing.writeHead(500, { "content-type": "text/plain" });
        return outgoing.end("broken\n");
      }
      const { uid } = review["request"] as { uid: string };
      outgoing.setHeader("content-type", "application/json");
      const response = { uid, ...answer(review["request"] as JsonObject) };
      outgoing.end(JSON.stringify({ kind: "AdmissionReview", apiVersion: "admission.k8s.io/v1", response }));
    });
  });
  server.on("secureConnection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  transport = webhookTransport({ clock: systemClock, resolveService: testHost({ port }).resolveService });
});

after(async () => {
  transport.close();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

const ca = Buffer.from(authority.certificate).toString("base64");

const hook = (path: string, more: JsonObject = {}): JsonObject => ({
  name: `${path}.example.com`,
  admissionReviewVersions: ["v1"],
  sideEffects: "None",
  clientConfig: { url: `https://127.0.0.1:${port()}/${path}`, caBundle: ca },
  rules: [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] }],
  ...more,
});

type Hooks = { readonly mutating?: JsonObject[]; readonly validating?: JsonObject[] };

function setUp({ mutating = [], validating = [] }: Hooks, using = transport) {
  reviews.length = 0;
  paths.length = 0;
  const configuration = (webhooks: JsonObject[], index: number): JsonObject => ({
    metadata: { name: `config-${index}` },
    webhooks,
  });
  const suffix = "webhookconfigurations.admissionregistration.k8s.io";
  const store = context({
    namespaces: [shop],
    [`mutating${suffix}`]: mutating.map((one, index) => configuration([one], index)),
    [`validating${suffix}`]: validating.map((one, index) => configuration([one], index)),
  });
  const host = testHost({ context: store, port });
  return { mutate: mutatingWebhooks(host, using), validate: validatingWebhooks(host, using) };
}

const patching =
  (...operations: JsonValue[]): Answer =>
  () => ({
    allowed: true,
    patchType: "JSONPatch",
    patch: Buffer.from(JSON.stringify(operations)).toString("base64"),
  });

async function validated(webhook: JsonObject, asked = request(resources.pods, pod())): Promise<string | undefined> {
  return (await admit(setUp({ validating: [webhook] }).validate, asked)).message;
}

test("asks with all that the request is, and over one connection", async () => {
  answers.set("/ok", () => ({ allowed: true, warnings: ["mind the gap"], auditAnnotations: { seen: "yes" } }));
  const annotations: string[] = [];
  const asked = {
    ...request(resources.pods, pod(), { user: { name: "me", uid: "1", groups: ["g"], extra: { k: ["v"] } } }),
    annotate: (key: string, value: string) => void annotations.push(`${key}=${value}`),
  };
  const before_ = connections;
  assert.equal(await validated(hook("ok"), asked), undefined);
  assert.equal(await validated(hook("ok"), asked), undefined);
  assert.equal(connections - before_, 1);
  const { uid, ...rest } = reviews[0]!["request"] as JsonObject;
  assert.match(uid as string, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(rest, {
    kind: { group: "", version: "v1", kind: "Pod" },
    resource: { group: "", version: "v1", resource: "pods" },
    requestKind: { group: "", version: "v1", kind: "Pod" },
    requestResource: { group: "", version: "v1", resource: "pods" },
    name: "web",
    namespace: "shop",
    operation: "CREATE",
    userInfo: { username: "me", uid: "1", groups: ["g"], extra: { k: ["v"] } },
    object: pod(),
    oldObject: null,
    dryRun: false,
    options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
  });
  assert.deepEqual(paths, [`127.0.0.1:${port()}/ok?timeout=10s`]);
  assert.deepEqual(asked.warnings, ["mind the gap", "mind the gap"]);
  assert.deepEqual(annotations.slice(0, 1), ["ok.example.com/seen=yes"]);
});

const denials: readonly [JsonObject | undefined, number, string, string][] = [
  [undefined, 400, "", " without explanation"],
  [{ message: "because" }, 400, "", ": because"],
  [{ code: 403, reason: "Forbidden", message: "no" }, 403, "Forbidden", ": no"],
  [{ code: 200, reason: "Odd" }, 400, "Odd", ": Odd"],
];

for (const [status, code, reason, rest] of denials) {
  test(`denies with ${JSON.stringify(status)}`, async () => {
    answers.set("/deny", () => ({ allowed: false, ...(status === undefined ? {} : { status }) }));
    const { refused } = await admit(setUp({ validating: [hook("deny")] }).validate, request(resources.pods, pod()));
    assert.equal(refused?.["message"], `admission webhook "deny.example.com" denied the request${rest}`);
    assert.equal(refused["code"], code);
    assert.equal(refused["reason"] ?? "", reason);
  });
}

test("fails closed in the server's words, or open if it may", async () => {
  const refusing = { url: "https://127.0.0.1:1/x", caBundle: ca };
  const { refused } = await admit(
    setUp({ validating: [hook("down", { clientConfig: refusing, timeoutSeconds: 3 })] }).validate,
    request(resources.pods, pod()),
  );
  const why = `failed calling webhook "down.example.com": failed to call webhook: Post "https://127.0.0.1:1/x?timeout=3s": dial tcp 127.0.0.1:1: connect: connection refused`;
  assert.equal(refused?.["message"], `Internal error occurred: ${why}`);
  assert.equal(refused["code"], 500);
  assert.equal(refused["reason"], "InternalError");
  assert.deepEqual(refused["details"], { causes: [{ message: why }] });
  assert.equal(await validated(hook("down", { clientConfig: refusing, failurePolicy: "Ignore" })), undefined);
});

const failing = (rest: string): string => `Internal error occurred: failed calling webhook "bad.example.com": ${rest}`;

test("says what is wrong with certificates, statuses and answers", async () => {
  const url = `https://127.0.0.1:${port()}/bad`;
  assert.equal(
    await validated(hook("bad", { clientConfig: { url } })),
    failing(
      `failed to call webhook: Post "${url}?timeout=10s": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    ),
  );
  answers.set("/bad", 500);
  assert.equal(
    await validated(hook("bad")),
    failing('failed to call webhook: an error on the server ("broken") has prevented the request from succeeding'),
  );
  answers.set("/bad", "text");
  assert.match((await validated(hook("bad")))!, /failed to call webhook: couldn't get version\/kind; json parse error/);
  answers.set("/bad", () => ({ uid: "other", allowed: true }));
  assert.match(
    (await validated(hook("bad")))!,
    /received invalid webhook response: expected response.uid="[^"]+", got "other"$/,
  );
  answers.set("/bad", patching());
  assert.equal(
    await validated(hook("bad")),
    failing("received invalid webhook response: validating webhook may not return response.patch"),
  );
  assert.match(
    (await validated(hook("bad", { admissionReviewVersions: ["v2"] })))!,
    /webhook does not accept known AdmissionReview versions \(v1, v1beta1\)$/,
  );
});

test("reaches a Service by its address, with its name", async () => {
  const service = { namespace: "shop", name: "hooks", path: "check", port: 8443 };
  assert.equal(await validated(hook("svc", { clientConfig: { service, caBundle: ca } })), undefined);
  assert.deepEqual(paths, ["hooks.shop.svc:8443/check?timeout=10s"]);
  const gone = { namespace: "shop", name: "gone" };
  assert.equal(
    await validated(hook("bad", { clientConfig: { service: gone, caBundle: ca } })),
    failing('failed to call webhook: Post "https://gone.shop.svc:443/?timeout=10s": service "gone" not found'),
  );
});

test("waits as long as the clock says", async () => {
  answers.set("/slow", "hang");
  const clock = virtualClock();
  const slow = webhookTransport({ clock, resolveService: testHost().resolveService });
  const { validate } = setUp({ validating: [hook("slow", { timeoutSeconds: 2 })] }, slow);
  const asked = admit(validate, request(resources.pods, pod()));
  await hung.promise;
  clock.advance(2000);
  assert.equal(
    (await asked).message,
    `Internal error occurred: failed calling webhook "slow.example.com": failed to call webhook: Post "https://127.0.0.1:${port()}/slow?timeout=2s": context deadline exceeded`,
  );
  slow.close();
});

test("reads no more of an answer than it may", async () => {
  answers.set("/long", () => ({ allowed: true, warnings: ["x".repeat(5000)] }));
  const small = webhookTransport({ clock: systemClock, resolveService: testHost().resolveService, mostBytes: 1000 });
  const { message } = await admit(
    setUp({ validating: [hook("long")] }, small).validate,
    request(resources.pods, pod()),
  );
  assert.match(message!, /longer than 1000 bytes$/);
  small.close();
});

test("does not ask webhooks with side effects in a dry run", async () => {
  const dry = request(resources.pods, pod(), { dryRun: true });
  assert.equal(
    await validated(hook("ok", { sideEffects: "Some" }), dry),
    'admission webhook "ok.example.com" does not support dry run',
  );
  assert.equal(reviews.length, 0);
  assert.equal(await validated(hook("ok", { sideEffects: "NoneOnDryRun" }), dry), undefined);
  assert.equal(field(reviews[0], "request", "dryRun"), true);
});

test("asks only about what its conditions want", async () => {
  const conditions = (expression: string, more: JsonObject = {}): JsonObject =>
    hook("ok", { matchConditions: [{ name: "c", expression }], ...more });
  await validated(conditions("object.metadata.name == 'other'"));
  assert.equal(reviews.length, 0);
  await validated(conditions("request.operation == 'CREATE' && !authorizer.requestResource.check('x').allowed()"));
  assert.equal(reviews.length, 1);
  const broken = conditions("object.spec.none == 1");
  assert.equal(
    await validated(broken),
    `pods "web" is forbidden: expression 'object.spec.none == 1' resulted in error: no such key: none`,
  );
  assert.equal(await validated({ ...broken, failurePolicy: "Ignore" }), undefined);
  assert.equal(reviews.length, 0);
});

test("lets webhooks patch, one after the other, and fills in defaults", async () => {
  answers.set("/a", patching({ op: "add", path: "/metadata/labels", value: { a: "1" } }));
  answers.set(
    "/b",
    patching({ op: "add", path: "/metadata/labels/b", value: "2" }, { op: "add", path: "/spec/unknown", value: 1 }),
  );
  const { mutate } = setUp({ mutating: [hook("a"), hook("b")] });
  const { object } = await admit(mutate, request(resources.pods, pod()));
  assert.deepEqual(field(object, "metadata", "labels"), { a: "1", b: "2" });
  assert.equal(field(object, "spec", "unknown"), undefined);
  assert.equal(field(object, "spec", "defaulted"), true);
  assert.deepEqual(field(reviews[1], "request", "object", "metadata", "labels"), { a: "1" });
});

test("asks again whoever wants to see what others made after it", async () => {
  answers.set("/a", (asked) =>
    field(asked, "object", "metadata", "labels") === undefined
      ? { allowed: true }
      : patching({ op: "add", path: "/metadata/labels/a", value: "saw b" })(asked),
  );
  answers.set("/b", patching({ op: "add", path: "/metadata/labels", value: { b: "2" } }));
  const { mutate } = setUp({ mutating: [hook("a", { reinvocationPolicy: "IfNeeded" }), hook("b")] });
  const { object } = await admit(mutate, request(resources.pods, pod()));
  assert.deepEqual(field(object, "metadata", "labels"), { a: "saw b", b: "2" });
  assert.equal(reviews.length, 3);
});

test("says which operation of a patch does not apply", async () => {
  answers.set("/a", patching({ op: "remove", path: "/spec/none" }));
  const { message } = await admit(setUp({ mutating: [hook("a")] }).mutate, request(resources.pods, pod()));
  assert.match(message!, /^Internal error occurred: .*\/spec\/none/);
  answers.set("/a", () => ({ allowed: true, patchType: "JSONPatch", patch: "e30=" }));
  const undecodable = await admit(setUp({ mutating: [hook("a")] }).mutate, request(resources.pods, pod()));
  assert.match(undecodable.message!, /received undecodable patch in webhook response/);
});

test("shows a request in the version that the rules name", async () => {
  answers.set("/a", patching({ op: "add", path: "/metadata/labels", value: { a: "1" } }));
  const rules = [{ operations: ["*"], apiGroups: ["autoscaling"], apiVersions: ["v1"], resources: ["*"] }];
  const object = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata: { name: "h" }, spec: {} };
  const made = await admit(setUp({ mutating: [hook("a", { rules })] }).mutate, request(autoscalerV2, object));
  assert.equal(made.object?.["apiVersion"], "autoscaling/v2");
  assert.equal(field(reviews[0], "request", "object", "apiVersion"), "autoscaling/v1");
  assert.deepEqual(field(reviews[0], "request", "resource", "version"), "v1");
  assert.deepEqual(field(reviews[0], "request", "requestResource", "version"), "v2");
});

test("asks about deletions, and changes nothing there", async () => {
  answers.set("/a", patching({ op: "add", path: "/metadata/labels", value: {} }));
  const { mutate } = setUp({ mutating: [hook("a")] });
  const asked: AdmissionRequest = request(resources.pods, undefined, { operation: "DELETE", name: "web", old: pod() });
  await assert.rejects(
    createAdmission([mutate]).validate(asked),
    /attempted to modify the object, which is not supported for this operation/,
  );
  assert.equal(field(reviews[0], "request", "object"), null);
  assert.deepEqual(field(reviews[0], "request", "oldObject"), pod());
});
