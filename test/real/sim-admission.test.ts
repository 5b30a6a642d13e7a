/** Webhooks are asked the same by the embedded cluster and by a real API server, and their answers mean the same. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as httpsRequest, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { isObject, parseJson, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { createCore, type Core } from "../../packages/sim/src/cluster/core.ts";
import { seededRandom } from "../../packages/sim/src/cluster/random.ts";
import { issueCertificate } from "../../packages/sim/src/serve/certificates/issue-certificate.ts";
import { systemClock } from "../../packages/sim/src/serve/system-clock.ts";
import { createStore } from "../../packages/sim/src/store/memory-store.ts";
import { sendTo } from "../../packages/sim/test/scenario/embedded.ts";
import { createNormalizer } from "../../packages/sim/test/scenario/normalize.ts";
import type { Received, Send } from "../../packages/sim/test/scenario/run.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { until } from "../../scripts/real/until.ts";
import { isVendored } from "./manifests.ts";

const { plane } = readAccess();
const namespace = `sim-admission-${process.pid}`;

const dates = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 3_600_000) };
const authority = issueCertificate({ commonName: "ca", usage: "authority", ...dates });
const served = issueCertificate({
  commonName: "h",
  usage: "server",
  issuer: authority,
  hosts: ["127.0.0.1"],
  ...dates,
});

/** What a webhook answers: a response, a text that is none, a status, or nothing at all. */
type Answer = JsonObject | string | number | undefined;

interface Case {
  readonly title: string;
  readonly kind: "Mutating" | "Validating";
  /** By the order in which they are called. */
  readonly answers: readonly Answer[];
  readonly webhooks?: readonly JsonObject[];
  readonly configuration?: JsonObject;
  readonly request?: Asked;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: JsonValue;
  /** Of the body; JSON unless told. */
  readonly type?: string;
}

const patch = (...operations: JsonValue[]): JsonObject => ({
  allowed: true,
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(operations)).toString("base64"),
});
const label = (key: string): JsonObject => patch({ op: "add", path: `/metadata/labels/${key}`, value: "set" });
const ok: JsonObject = { allowed: true };

const cases: readonly Case[] = [
  {
    title: "allows, with warnings",
    kind: "Validating",
    answers: [{ allowed: true, warnings: ["mind the gap", "twice"] }],
  },
  { title: "denies without a word", kind: "Validating", answers: [{ allowed: false }] },
  { title: "denies with a message", kind: "Validating", answers: [{ allowed: false, status: { message: "because" } }] },
  {
    title: "denies with a Status",
    kind: "Validating",
    answers: [
      {
        allowed: false,
        status: { code: 409, reason: "Conflict", message: "taken", details: { name: "x", causes: [{ message: "c" }] } },
      },
    ],
  },
  {
    title: "denies with a reason alone",
    kind: "Validating",
    answers: [{ allowed: false, status: { reason: "Odd", code: 200 } }],
  },
  { title: "answers 500", kind: "Validating", answers: [500] },
  { title: "answers 404", kind: "Validating", answers: [404] },
  { title: "answers what is no JSON", kind: "Validating", answers: ["nothing"] },
  { title: "answers nothing in time", kind: "Validating", answers: [undefined], webhooks: [{ timeoutSeconds: 1 }] },
  { title: "answers for another request", kind: "Validating", answers: [{ uid: "other", allowed: true }] },
  { title: "patches where it may not", kind: "Validating", answers: [label("a")] },
  { title: "fails open", kind: "Validating", answers: [500], webhooks: [{ failurePolicy: "Ignore" }] },
  {
    title: "is not asked in a dry run",
    kind: "Validating",
    answers: [ok],
    webhooks: [{ sideEffects: "NoneOnDryRun" }],
  },
  { title: "adds a label", kind: "Mutating", answers: [label("a")] },
  {
    title: "adds a label to what another made",
    kind: "Mutating",
    answers: [label("a"), label("b")],
    webhooks: [{}, {}],
  },
  {
    title: "is asked again",
    kind: "Mutating",
    answers: [ok, label("b"), label("c")],
    webhooks: [{ reinvocationPolicy: "IfNeeded" }, {}],
  },
  { title: "removes what is not there", kind: "Mutating", answers: [patch({ op: "remove", path: "/data/none" })] },
  { title: "patches with another type", kind: "Mutating", answers: [{ ...label("a"), patchType: "MergePatch" }] },
  { title: "patches without a type", kind: "Mutating", answers: [{ allowed: true, patch: "W10=" }] },
  {
    title: "patches with what is no patch",
    kind: "Mutating",
    answers: [{ allowed: true, patchType: "JSONPatch", patch: "e30=" }],
  },
  { title: "adds an unknown field", kind: "Mutating", answers: [patch({ op: "add", path: "/unknown", value: 1 })] },
  {
    title: "sees a change",
    kind: "Validating",
    answers: [ok],
    request: {
      method: "PATCH",
      path: `/api/v1/namespaces/${namespace}/configmaps/there?fieldManager=me`,
      type: "application/merge-patch+json",
      body: { data: { a: "2" } },
    },
  },
  {
    title: "sees a deletion",
    kind: "Validating",
    answers: [{ allowed: false, status: { message: "stays" } }],
    request: { method: "DELETE", path: `/api/v1/namespaces/${namespace}/configmaps/there?gracePeriodSeconds=3` },
  },
  { title: "answers nothing at all", kind: "Validating", answers: [""] },
  { title: "answers a list", kind: "Validating", answers: ["[1]"] },
  {
    title: "sees a server-side apply",
    kind: "Validating",
    answers: [ok],
    request: {
      method: "PATCH",
      path: `/api/v1/namespaces/${namespace}/configmaps/applied?fieldManager=me&force=true`,
      type: "application/apply-patch+yaml",
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "applied" }, data: { a: "2" } },
    },
  },
  {
    title: "sees a replacement",
    kind: "Validating",
    answers: [ok],
    request: {
      method: "PUT",
      path: `/api/v1/namespaces/${namespace}/configmaps/there?dryRun=All`,
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "there" }, data: { a: "3" } },
    },
  },
  {
    title: "sees a status",
    kind: "Validating",
    answers: [{ allowed: false, status: { message: "no" } }],
    configuration: { resources: ["deployments/status"], apiGroups: ["apps"] },
    request: {
      method: "PATCH",
      path: `/apis/apps/v1/namespaces/${namespace}/deployments/scaled/status`,
      type: "application/merge-patch+json",
      body: { status: { observedGeneration: 1 } },
    },
  },
  {
    title: "sees another version than the request's",
    kind: "Validating",
    answers: [{ allowed: false, status: { message: "no" } }],
    configuration: { resources: ["horizontalpodautoscalers"], apiGroups: ["autoscaling"], apiVersions: ["v1"] },
    webhooks: [{ matchPolicy: "Equivalent" }],
    request: {
      method: "POST",
      path: `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
      body: {
        metadata: { name: "scaler" },
        spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "scaled" } },
      },
    },
  },
  {
    title: "sees a scale",
    kind: "Validating",
    answers: [{ allowed: false, status: { message: "no" } }],
    configuration: { resources: ["deployments/scale"], apiGroups: ["apps"] },
    request: {
      method: "PATCH",
      path: `/apis/apps/v1/namespaces/${namespace}/deployments/scaled/scale`,
      type: "application/merge-patch+json",
      body: { spec: { replicas: 4 } },
    },
  },
  {
    title: "sees a name being made",
    kind: "Mutating",
    answers: [label("a")],
    request: {
      method: "POST",
      path: `/api/v1/namespaces/${namespace}/configmaps`,
      body: { metadata: { generateName: "made-", labels: { own: "1" } } },
    },
  },
];

const reviews = new Map<string, JsonObject[]>();
const answers = new Map<string, readonly Answer[]>();
let server: Server;
let core: Core;

before(async () => {
  server = createServer({ key: served.key, cert: served.certificate }, (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const review = parseJson(Buffer.concat(chunks).toString()) as JsonObject;
      const asked = review["request"] as JsonObject;
      // `/SERVER/CASE/HOOK`; probes are allowed and not counted.
      const key = incoming.url!.split("/").slice(0, 3).join("/");
      const seen = reviews.get(key) ?? [];
      reviews.set(key, [...seen, review]);
      const isProbe = asked["name"] === "probe";
      const real = seen.filter((one) => (one["request"] as JsonObject)["name"] !== "probe").length;
      const answer = isProbe ? ok : (answers.get(key.split("/")[2]!) ?? [])[real];
      if (answer === undefined) return;
      if (typeof answer === "number") {
        outgoing.writeHead(answer, { "content-type": "text/plain" });
        return void outgoing.end("sorry\n");
      }
      outgoing.setHeader("content-type", "application/json");
      if (typeof answer === "string") return void outgoing.end(answer);
      const response = { uid: asked["uid"]!, ...answer };
      outgoing.end(JSON.stringify({ kind: "AdmissionReview", apiVersion: "admission.k8s.io/v1", response }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  core = createCore({
    store: createStore(),
    clock: systemClock,
    random: seededRandom(1),
    address: () => "127.0.0.1:6443",
    onError: (error) => {
      throw error;
    },
    disabledAdmission: ["ServiceAccount"],
  });
  for (const send of [toReal, sendTo(core)]) {
    await ask(send, "POST", "/api/v1/namespaces", { metadata: { name: namespace } });
    await ask(send, "POST", `/api/v1/namespaces/${namespace}/configmaps`, {
      metadata: { name: "there" },
      data: { a: "1" },
    });
    const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "a", image: "x:1" }] } };
    const deployment = { metadata: { name: "scaled" }, spec: { selector: { matchLabels: { a: "b" } }, template } };
    const pod = { metadata: { name: "there" }, spec: template.spec };
    await ask(send, "POST", `/api/v1/namespaces/${namespace}/pods`, pod);
    await ask(send, "POST", `/apis/apps/v1/namespaces/${namespace}/deployments`, deployment);
  }
});

after(async () => {
  core.close();
  await toReal({
    method: "DELETE",
    path: `/api/v1/namespaces/${namespace}`,
    headers: {},
    body: undefined,
    lines: undefined,
  });
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

const toReal: Send = ({ method, path, headers, body }) =>
  new Promise<Received>((resolve, reject) => {
    const { hostname, port } = new URL(plane.url);
    const own = { authorization: `Bearer ${plane.token}`, ...headers };
    const call = httpsRequest(
      { host: hostname, port, path, method, ca: plane.certificate, headers: own },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("error", reject);
        response.on("end", () => {
          const found = response.headers["warning"] ?? "";
          const warnings = [...found.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]!);
          resolve({ status: response.statusCode ?? 0, warnings, text });
        });
      },
    );
    call.on("error", reject);
    call.end(body);
  });

function ask(send: Send, method: string, path: string, body?: JsonValue, type = "application/json"): Promise<Received> {
  const headers = { "User-Agent": "admission/1", Accept: "application/json", "Content-Type": type };
  return send({ method, path, headers, body: body === undefined ? undefined : JSON.stringify(body), lines: undefined });
}

/** What a webhook is told apart from who asks, in the terms of one server. */
function normal(value: JsonValue): JsonValue {
  return createNormalizer(namespace).value(value);
}

async function outcome(send: Send, where: string, index: number, one: Case): Promise<JsonValue> {
  const { kind, configuration = {}, webhooks = [{}] } = one;
  const plural = `${kind.toLowerCase()}webhookconfigurations`;
  const path = `/apis/admissionregistration.k8s.io/v1/${plural}`;
  const name = `${namespace}-${index}`;
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/${where}/${index}`;
  const caBundle = Buffer.from(authority.certificate).toString("base64");
  const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"], ...configuration };
  const probing = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["secrets"] };
  const created = await ask(send, "POST", path, {
    metadata: { name },
    webhooks: webhooks.map((webhook, at) => ({
      name: `hook-${at}.example.com`,
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
      clientConfig: { url: `${url}/${at}`, caBundle },
      rules: [rule, probing],
      ...webhook,
    })),
  });
  assert.equal(created.status, 201, created.text);
  const key = `/${where}/${index}`;
  await until("the webhooks are known", async () => {
    await ask(send, "POST", `/api/v1/namespaces/${namespace}/secrets?dryRun=All`, { metadata: { name: "probe" } });
    return (reviews.get(key) ?? []).length >= webhooks.length ? true : undefined;
  });
  reviews.set(key, []);
  const asked: Asked = one.request ?? {
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/configmaps${one.title.includes("dry run") ? "?dryRun=All" : ""}`,
    body: { metadata: { name: `case-${index}`, labels: { own: "1" } }, data: { a: "b" } },
  };
  const { status, warnings, text } = await ask(send, asked.method, asked.path, asked.body, asked.type);
  const seen = reviews.get(key) ?? [];
  const removed = await ask(send, "DELETE", `${path}/${name}`);
  assert.equal(removed.status, 200, removed.text);
  const told = seen.map((review) => {
    const { userInfo: _, ...rest } = review["request"] as JsonObject;
    return { ...review, request: rest };
  });
  const shown = text.replaceAll(url, "https://HOOK");
  const body = parseJson(shown);
  return normal({ told, status, warnings: [...warnings], body: isObject(body) ? body : shown });
}

for (const [index, one] of cases.entries()) {
  test(`a ${one.kind.toLowerCase()} webhook ${one.title}`, async (t) => {
    if (!isVendored(plane)) return t.diagnostic(`not checked: another release than ${plane.kubernetes} is imitated`);
    answers.set(String(index), one.answers);
    const [real, embedded] = [
      await outcome(toReal, "real", index, one),
      await outcome(sendTo(core), "embedded", index, one),
    ];
    assert.deepEqual(embedded, real);
  });
}
