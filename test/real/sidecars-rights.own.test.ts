/**
 * The account of deploy/sidecars on a real API server: a whole upgrade is done with its rights and not one request is refused,
 * and without any single one of them something is.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { accessOf, createClient, isKubeError, type Client, type Resource } from "@fairlead/kube";
import { injectorConfigMap, istioObjects, startInjector, type Injector, type IstioOptions } from "@fairlead/sim";
import { sidecarAccess } from "../../packages/fairlead/src/plan/sidecars/config/access.ts";
import { defaultSettings } from "../../packages/fairlead/src/plan/sidecars/presets.ts";
import { readJournal, sendCommand } from "../../packages/fairlead/src/run/sidecars/journal/place.ts";
import { fairlead, type CliResult } from "../../packages/fairlead/test/support/cli.ts";
import { kubeconfigText } from "../../scripts/real/access.ts";
import { startPlane, type Plane } from "../../scripts/real/plane.ts";
import { until } from "../../scripts/real/until.ts";
import { configMapSource } from "./config-map-source.ts";
import {
  auditPolicy,
  isRefused,
  readAudit,
  rightFor,
  rightsOf,
  textOfRight,
  withoutRight,
  type AuditLine,
  type Right,
} from "./sidecars-rights/audit.ts";
import { playArgo } from "./sidecars-rights/argo.ts";
import { definitions, objectsOf, rolloutSet, workloads } from "./sidecars-rights/objects.ts";

const namespace = "fairlead-sidecars";
const account = `system:serviceaccount:${namespace}:fairlead-sidecars`;
const place = { namespace, name: "fairlead-sidecars" };
const folder = mkdtempSync(path.join(tmpdir(), "sidecars-rights-"));
const log = path.join(folder, "audit.log");
const given = objectsOf("deploy/sidecars/rbac.yaml");
const { restart, oracle } = defaultSettings;
const asking = { ...defaultSettings, oracle: { ...oracle, ask: "dry-run" as const } };
const evicting = { ...asking, restart: { ...restart, mode: "evict" as const } };
const more = JSON.parse(JSON.stringify(sidecarAccess(evicting))) as readonly KrmObject[];

let plane: Plane;
let admin: Client;
/** `npm run soak` goes through all rights, several upgrades each. */
const isLong = process.env["FAIRLEAD_RUNS"] !== undefined;
let injector: Injector;
let source: ReturnType<typeof configMapSource>;
let options: IstioOptions;
let minor = 28;
const stopArgo = new AbortController();
let argo: Promise<void> = Promise.resolve();

const resourceOf = (apiVersion: string, kind: string): Promise<Resource> =>
  admin.discovery.resource({ apiVersion, kind });

async function create(object: KrmObject): Promise<void> {
  await admin.create(await admin.discovery.resource(object), object);
}

before(async () => {
  writeFileSync(path.join(folder, "policy.json"), JSON.stringify(auditPolicy(account)));
  plane = await startPlane({
    nodes: 2,
    apiServerFlags: [`--audit-policy-file=${path.join(folder, "policy.json")}`, `--audit-log-path=${log}`],
  });
  admin = createClient(accessOf({ name: "real", server: plane.url, ca: plane.certificate, token: plane.token }));
  for (const one of definitions()) await create(one);
  await until("the definitions", async () => {
    const kinds = [
      ["argoproj.io/v1alpha1", "Rollout"],
      ["networking.istio.io/v1beta1", "ProxyConfig"],
      ["fairlead.dev/v1alpha1", "SidecarPolicy"],
    ] as const;
    admin.discovery.invalidate();
    const found = await Promise.all(kinds.map(([apiVersion, kind]) => admin.discovery.find({ apiVersion, kind })));
    return found.every((one) => one !== undefined);
  });
  source = configMapSource(admin);
  injector = await startInjector({ source, revisions: [{ revision: "", namespace: "istio-system" }] });
  options = { version: "1.28.0", client: { kind: "url", url: injector.url() }, authority: injector.authority };
  for (const one of istioObjects(options)) await create(one as unknown as KrmObject);
  await injector.serves("", "1.28.0");
  for (const one of given) await create(one);
  const asked = await admin.post(`/api/v1/namespaces/${namespace}/serviceaccounts/fairlead-sidecars/token`, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: 7200 },
  });
  const token = textOf(get(get(asked, "status"), "token"));
  writeFileSync(path.join(folder, "kubeconfig"), kubeconfigText({ ...plane, token }), { mode: 0o600 });
  await create({
    apiVersion: "fairlead.dev/v1alpha1",
    kind: "SidecarPolicy",
    metadata: { name: "sidecars", namespace },
    spec: { restart: { cooldown: "0s" }, budget: { fleet: 20, cluster: 20, namespace: 20 } },
  });
  for (const one of workloads()) {
    await create(one);
    if (one.kind === "Namespace") await injected(one.metadata.name!);
  }
  const rollouts = await resourceOf("argoproj.io/v1alpha1", "Rollout");
  const { metadata } = await admin.get(rollouts, { namespace: "shop", name: "roll" });
  await create(rolloutSet(textOf(metadata["uid"])));
  argo = playArgo(admin, rollouts, stopArgo.signal);
  await current("1.28.0");
});

after(async () => {
  stopArgo.abort();
  await argo;
  await injector?.stop();
  await source?.stop();
  await admin?.close();
  await plane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The webhooks are asked about pods that are made after the API server knows of them: until a pod on trial has a proxy. */
async function injected(at: string): Promise<void> {
  const pods = await resourceOf("v1", "Pod");
  const containers = [{ name: "app", image: "registry.example/app:1" }];
  const trial = { apiVersion: "v1", kind: "Pod", metadata: { name: "trial", namespace: at }, spec: { containers } };
  await until("the injection of pods", async () => {
    try {
      return imageOf(await admin.create(pods, trial as KrmObject, { dryRun: true })) !== "";
    } catch (error) {
      // Its namespace has no account yet.
      if (isKubeError(error, "forbidden")) return false;
      throw error;
    }
  });
}

function imageOf(pod: KrmObject): string {
  const lists = ["containers", "initContainers"].flatMap((key) => (get(pod["spec"], key) ?? []) as JsonValue[]);
  return textOf(
    get(
      lists.find((one) => get(one, "name") === "istio-proxy"),
      "image",
    ),
  );
}

/** Images of the proxies of all pods that stay. */
async function proxies(): Promise<readonly string[]> {
  const { items } = await admin.list(await resourceOf("v1", "Pod"), { namespace: "shop" });
  return items.filter(({ metadata }) => metadata["deletionTimestamp"] === undefined).map(imageOf);
}

/** Of four workloads, one of which runs on both nodes. */
async function current(version: string): Promise<void> {
  try {
    await until(
      `the proxies of ${version}`,
      async () => {
        const images = await proxies();
        return images.length === 5 && images.every((image) => image.endsWith(`:${version}`));
      },
      120_000,
    );
  } catch (error) {
    const { status, journal } = await readJournal(admin, place);
    throw new Error(`there are ${(await proxies()).join()}; ${status}; ${journal}`, { cause: error });
  }
}

async function upgrade(version = `1.${++minor}.0`): Promise<string> {
  const { data } = injectorConfigMap({ ...options, version });
  assert.ok(isObject(data));
  const key = { namespace: "istio-system", name: "istio-sidecar-injector" };
  await admin.patch(await resourceOf("v1", "ConfigMap"), key, { data }, { type: "merge" });
  await injector.serves("", version);
  return version;
}

/** There and back, until what is said of a restart was said before, and is counted. */
async function repeat(): Promise<void> {
  const from = readAudit(log).end;
  const [there, back] = [await upgrade(), `1.${++minor}.0`];
  await current(there);
  for (let round = 0; round < 4; round++) {
    for (const version of [back, there]) {
      await current(await upgrade(version));
      await until("the end of the run", async () => /"underWay":0/.test((await readJournal(admin, place)).status));
    }
    const isCounted = ({ verb, requestURI }: AuditLine): boolean =>
      verb === "patch" && requestURI.includes("events.k8s.io");
    if (readAudit(log, from).lines.some(isCounted)) return;
  }
}

/** `fairlead run sidecars` with the account's token; others write to each workload right before its restart. */
function run(t: TestContext): { readonly end: () => Promise<CliResult> } {
  const stop = new AbortController();
  const touched = new Set<string>();
  const env = { PATH: "", HOME: folder, KUBECONFIG: path.join(folder, "kubeconfig") };
  const ended = fairlead(["run", "sidecars", "--namespace", namespace, "--health", "127.0.0.1:0"], {
    env,
    context: {
      interrupted: () => stop.signal,
      connect(access, how) {
        const client = createClient(access, how);
        const patch: Client["patch"] = async (resource, key, body, call) => {
          const about = `${resource.plural}/${key.name}`;
          if (["apps", "argoproj.io"].includes(resource.group) && !touched.has(about)) {
            touched.add(about);
            const metadata = { annotations: { touched: String(performance.now()) } };
            await admin.patch(resource, key, { metadata }, { type: "merge" });
          }
          return client.patch(resource, key, body, call);
        };
        return Object.assign(Object.create(client) as Client, { patch });
      },
    },
  });
  const end = (): typeof ended => (stop.abort(), ended);
  t.after(end);
  return { end };
}

async function setPolicy(spec: JsonObject): Promise<void> {
  const key = { namespace, name: "sidecars" };
  await admin.patch(await resourceOf("fairlead.dev/v1alpha1", "SidecarPolicy"), key, { spec }, { type: "merge" });
}

const rbac = "rbac.authorization.k8s.io/v1";

/** Makes the roles those, and waits until the API server knows. */
async function allow(objects: readonly KrmObject[], right: Right, isAllowed: boolean): Promise<void> {
  for (const object of objects) {
    if (object.kind !== "Role" && object.kind !== "ClusterRole") continue;
    const { name, namespace: at } = object.metadata;
    const key = { name: name!, ...(at !== undefined && { namespace: at }) };
    await admin.patch(await resourceOf(rbac, object.kind), key, { rules: object["rules"]! }, { type: "merge" });
  }
  await until(`${isAllowed ? "" : "no "}right to ${textOfRight(right)}`, async () => {
    const [resource, subresource] = right.resource.split("/");
    const answer = await admin.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: account,
        groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
        resourceAttributes: {
          verb: right.verb,
          group: right.group,
          resource: resource!,
          ...(subresource !== undefined && { subresource }),
          ...(right.namespace !== "" && { namespace: right.namespace }),
          ...(right.name !== "" && { name: right.name }),
        },
      },
    });
    return get(get(answer, "status"), "allowed") === isAllowed;
  });
}

/** Lease and journal are not there yet, as at the first start. */
async function forget(): Promise<void> {
  for (const [apiVersion, kind] of [
    ["v1", "ConfigMap"],
    ["coordination.k8s.io/v1", "Lease"],
  ] as const) {
    await admin.delete(await resourceOf(apiVersion, kind), place).catch((error: unknown) => {
      if (!isKubeError(error, "not-found")) throw error;
    });
  }
}

function seen(from: number, objects: readonly KrmObject[]): { refused: readonly string[]; used: ReadonlySet<string> } {
  const rights = rightsOf(objects);
  const { lines } = readAudit(log, from);
  assert.ok(lines.length > 0);
  const used = lines.map((line) => rightFor(line, rights)).filter((one) => one !== undefined);
  return {
    refused: lines.filter(isRefused).map(({ verb, requestURI }) => `${verb} ${requestURI}`),
    used: new Set(used.map(textOfRight)),
  };
}

const texts = (objects: readonly KrmObject[]): readonly string[] => rightsOf(objects).map(textOfRight).sort();

test("the rights are no more and no less than a whole upgrade needs, and nothing is refused", async (t) => {
  const from = readAudit(log).end;
  const one = run(t);
  await current(await upgrade());
  const by = { now: Date.now(), random: Math.random };
  const pause = { kind: "pause", by: "ann", reason: "a look", scope: { kind: "all" } } as const;
  await sendCommand(admin, place, pause, by);
  await until("the pause", async () => (await readJournal(admin, place)).journal.includes("a look"));
  const paused = await proxies();
  const version = await upgrade();
  await until("the plan", async () => (await readJournal(admin, place)).status.includes(version));
  assert.deepEqual(await proxies(), paused);
  await sendCommand(admin, place, { kind: "resume", by: "ann", scope: { kind: "all" } }, by);
  await current(version);
  // A policy that changes is taken over while it runs.
  await setPolicy({ restart: { cooldown: "1s" } });
  await current(await upgrade());
  if (isLong) await repeat();
  const { code, stderr } = await one.end();
  assert.equal(code, 0, stderr);
  const { refused, used } = seen(from, given);
  assert.deepEqual(refused, []);
  // That an Event was counted, and a patch was conflicting, takes several upgrades.
  const seldom = (text: string): boolean => /^get |^patch events/.test(text);
  const wanted = texts(given).filter((text) => !text.includes("customresourcedefinitions"));
  assert.deepEqual(
    [...used].filter((text) => !wanted.includes(text)),
    [],
  );
  assert.deepEqual(
    wanted.filter((text) => !used.has(text) && (isLong || !seldom(text))),
    [],
  );
});

const extra = rightsOf(more).filter((right) => !texts(given).includes(textOfRight(right)));

test("evictions and questions by dry run need one right more each", async (t) => {
  assert.deepEqual(extra.map(textOfRight).sort(), ["create pods", "create pods/eviction"]);
  await allow(more, extra[0]!, true);
  await setPolicy({ restart: { mode: "evict" }, oracle: { ask: "dry-run" } });
  const from = readAudit(log).end;
  const one = run(t);
  await current(await upgrade());
  const { code, stderr } = await one.end();
  assert.equal(code, 0, stderr);
  const { refused, used } = seen(from, more);
  assert.deepEqual(refused, []);
  for (const right of extra) assert.ok(used.has(textOfRight(right)), textOfRight(right));
});

const same =
  (right: Right) =>
  (other: Right): boolean =>
    textOfRight(other) === textOfRight(right);

const isRead = ({ verb }: Right): boolean => verb === "list" || verb === "watch";

async function needs(t: TestContext, right: Right, objects: readonly KrmObject[], spec: JsonObject): Promise<void> {
  await allow(withoutRight(objects, right), right, false);
  await forget();
  await setPolicy(spec);
  const from = readAudit(log).end;
  // Outdated from the start on.
  if (!isRead(right)) await upgrade();
  const one = run(t);
  try {
    if (right.resource === "events" && right.verb === "patch") await repeat();
    await refusal(right, from, objects);
  } finally {
    await one.end();
    await allow(objects, right, true);
  }
}

async function refusal(right: Right, from: number, objects: readonly KrmObject[]): Promise<void> {
  const isIt = (line: AuditLine): boolean => {
    const needed = isRefused(line) ? rightFor(line, rightsOf(objects)) : undefined;
    return needed !== undefined && textOfRight(needed) === textOfRight(right);
  };
  await until(`a refusal to ${textOfRight(right)}`, () => readAudit(log, from).lines.some(isIt), 60_000);
}

/** Each of the others takes an upgrade of its own. */
const isShort = ({ verb, resource }: Right): boolean =>
  verb !== "get" && (verb !== "patch" || resource === "configmaps");

let turn = 0;
/** Definitions are looked for where a kind is not installed. */
const ofDefinitions = rightsOf(given).filter(({ resource }) => resource === "customresourcedefinitions");

for (const right of rightsOf(given).filter((one) => !ofDefinitions.some(same(one)) && (isLong || isShort(one)))) {
  test(`without the right to ${textOfRight(right)} something is refused`, (t) =>
    // Its status is written when it has changed.
    needs(t, right, given, { restart: { mode: null, cooldown: `${++turn % 2}s` }, oracle: null }));
}
for (const right of extra) {
  test(`without the right to ${textOfRight(right)} something is refused`, (t) =>
    needs(t, right, more, { restart: { mode: "evict" }, oracle: { ask: "dry-run" } }));
}

/** Takes Argo's kind, Istio's and ours away, if they are there. */
async function uninstall(): Promise<void> {
  stopArgo.abort();
  await argo;
  const crds = await resourceOf("apiextensions.k8s.io/v1", "CustomResourceDefinition");
  for (const { metadata } of definitions()) {
    const key = { name: metadata.name! };
    await admin.delete(crds, key).catch((error: unknown) => {
      if (!isKubeError(error, "not-found")) throw error;
    });
    await until(`the end of ${key.name}`, async () => (await admin.find(crds, key)) === undefined);
  }
  await until("the end of their kinds", async () => {
    admin.discovery.invalidate();
    const served = await admin.discovery.resources();
    return definitions().every(({ metadata }) => !served.some((one) => `${one.plural}.${one.group}` === metadata.name));
  });
}

test("kinds that are not installed are waited for by the rights to their definitions, of no other name", async (t) => {
  await uninstall();
  const from = readAudit(log).end;
  const one = run(t);
  const unused = (): readonly Right[] =>
    ofDefinitions.filter((right) => !seen(from, given).used.has(textOfRight(right)));
  await until("the watches of definitions", () => readAudit(log, from).lines.length > 0 && unused().length === 0);
  for (const definition of definitions()) await create(definition);
  const isWatched = (name: string): boolean =>
    readAudit(log, from).lines.some(({ verb, objectRef = {} }) => {
      return verb === "watch" && `${objectRef.resource}.${objectRef.apiGroup}` === name;
    });
  await until("the watches of their kinds", () => definitions().every(({ metadata }) => isWatched(metadata.name!)));
  const { code, stderr } = await one.end();
  assert.equal(code, 0, stderr);
  assert.deepEqual(seen(from, given).refused, []);
});

for (const right of ofDefinitions) {
  test(`without the right to ${textOfRight(right)} it is refused where the kind is not installed`, async (t) => {
    await uninstall();
    await allow(withoutRight(given, right), right, false);
    const from = readAudit(log).end;
    const one = run(t);
    try {
      await refusal(right, from, given);
    } finally {
      await one.end();
      await allow(given, right, true);
    }
  });
}
