/** The commands of the mesh against clusters, as a person who operates one calls them. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { judgeEstablished, type Client } from "@fairlead/kube";
import { meshDefinitions } from "../mesh/definitions.ts";
import { resource, startEmbedded, until, type Embedded } from "../support/embedded.ts";

const entries = resource("networking.istio.io", "v1", "ServiceEntry", "serviceentries");
const secrets = resource("", "v1", "Secret", "secrets");
const namespaces = resource("", "v1", "Namespace", "namespaces", false);
const deployments = resource("apps", "v1", "Deployment", "deployments");
const services = resource("", "v1", "Service", "services");
const host = "stage.greeting.global";

let embedded: Embedded;
before(async () => {
  const node = (region: string) => ({ nodes: [{ name: `node-${region}`, region }] });
  embedded = await startEmbedded({ hub: {}, west: node("us-west"), east: node("us-east") });
  for (const name of ["hub", "west", "east"]) await installMeshKinds(embedded.member(name).client);
});
after(() => embedded.stop());

async function put(cluster: string, ...objects: readonly KrmObject[]): Promise<void> {
  const { client } = embedded.member(cluster);
  for (const object of objects)
    await client.apply(await client.discovery.resource(object), object, { fieldManager: "user" });
}

const namespace = (name: string): KrmObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: { "istio-injection": "enabled" } },
});

function greeting(): readonly KrmObject[] {
  const labels = { app: "greeting", identity: "greeting" };
  const template = {
    metadata: { labels, annotations: { "admiral.io/env": "stage" } },
    spec: { containers: [{ name: "greeting", image: "example/greeting:1" }] },
  };
  const metadata = { name: "greeting", namespace: "sample" };
  return [
    namespace("sample"),
    { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { selector: { matchLabels: labels }, template } },
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports: [{ name: "http", port: 80 }] } },
  ];
}

function gateway(): readonly KrmObject[] {
  const metadata = { name: "gateway", namespace: "istio-system", labels: { istio: "eastwestgateway" } };
  const spec = { type: "LoadBalancer", ports: [{ name: "tls", port: 15443 }] };
  return [namespace("istio-system"), { apiVersion: "v1", kind: "Service", metadata, spec }];
}

const crds = resource("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false);

async function installMeshKinds(client: Client): Promise<void> {
  const definitions = meshDefinitions() as unknown as KrmObject[];
  for (const definition of definitions) await client.apply(crds, definition, { fieldManager: "test" });
  const names = definitions.map(({ metadata }) => metadata.name);
  await until("the kinds of the mesh", async () => {
    const { items } = await client.list(crds);
    const own = items.filter(({ metadata }) => names.includes(metadata.name));
    return own.length === names.length && own.every((one) => judgeEstablished(one, false).kind === "done");
  });
  client.discovery.invalidate();
}

async function addressOf(cluster: string, address: string): Promise<void> {
  const { client } = embedded.member(cluster);
  await client.patch(
    services,
    { namespace: "istio-system", name: "gateway" },
    { status: { loadBalancer: { ingress: [{ hostname: address }] } } },
    { type: "merge", subresource: "status" },
  );
}

const run = (...args: readonly string[]) => embedded.run(args);

async function endpoints(cluster: string): Promise<readonly string[]> {
  const { client } = embedded.member(cluster);
  const found = await client.find(entries, { namespace: "fairlead-mesh", name: `${host}-se` });
  const list = (get(found?.["spec"], "endpoints") ?? []) as readonly JsonObject[];
  return list.map((one) => String(one["address"]));
}

test("a fleet without clusters says so", async () => {
  assert.equal((await run("mesh", "clusters", "list")).stdout, "no cluster is registered\n");
});

test("clusters are added with the least rights, and listed", async () => {
  for (const name of ["west", "east"]) {
    await put(name, ...gateway(), ...greeting());
    await addressOf(name, `lb-${name}.example`);
    const added = await run("mesh", "clusters", "add", name, "--from", name);
    assert.deepEqual(
      [added.code, added.stdout],
      [0, `cluster ${name} is registered: Secret fairlead-mesh/${name}\n`],
      added.stderr,
    );
  }
  const again = await run("mesh", "clusters", "add", "west", "--from", "west");
  assert.match(again.stdout, /is up to date/);
  const listed = await run("mesh", "clusters", "list", "-o", "json");
  assert.equal(listed.code, 0, listed.stderr);
  const { clusters } = JSON.parse(listed.stdout) as { clusters: { name: string; state: string }[] };
  assert.deepEqual(
    clusters.map(({ name, state }) => `${name} ${state}`),
    ["east ready", "west ready"],
  );
});

test("proxies of members are looked after by the rights that are given for it", async () => {
  for (const name of ["west", "east"]) {
    const added = await run("mesh", "clusters", "add", name, "--from", name, "--sidecars");
    assert.equal(added.code, 0, added.stderr);
  }
  const { code, stdout, stderr } = await run("sidecars", "plan", "--registry", "-o", "json");
  assert.equal(code, 0, stderr);
  const { clusters } = JSON.parse(stdout) as { clusters: { name: string; state: string; problem?: string }[] };
  assert.deepEqual(
    clusters.map(({ name, state, problem = "" }) => `${name} ${state}${problem}`),
    ["east current", "hub current", "west current"],
  );
});

test("what would be written is shown, written once, and then nothing is left", async () => {
  const planned = await run("mesh", "plan", "-o", "json");
  assert.equal(planned.code, 0, planned.stderr);
  const { clusters } = JSON.parse(planned.stdout) as { clusters: { [name: string]: KrmObject[] } };
  const names = clusters["west"]!.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  for (const name of [`ServiceEntry ${host}-se`, `DestinationRule ${host}-default-dr`]) assert.ok(names.includes(name));
  assert.deepEqual(await endpoints("west"), [], "a plan writes nothing");
  const shown = await run("mesh", "diff");
  assert.equal(shown.code, 1, shown.output);
  assert.match(shown.stdout, /^cluster west\n(.*\n)*\+ ServiceEntry fairlead-mesh\/stage\.greeting\.global-se$/m);
  const applied = await run("mesh", "apply");
  assert.equal(applied.code, 0, applied.output);
  assert.match(applied.stdout, /^cluster west: \d added, 0 changed, 0 removed$/m);
  assert.deepEqual(await endpoints("west"), ["greeting.sample.svc.cluster.local", "lb-east.example."]);
  assert.deepEqual(await endpoints("east"), ["greeting.sample.svc.cluster.local", "lb-west.example."]);
  const rest = await run("mesh", "diff");
  assert.deepEqual([rest.code, rest.stdout], [0, ""], rest.stderr);
  assert.equal((await run("mesh", "apply")).stdout, "nothing to change\n");
});

test("a route is explained from what the clusters hold", async () => {
  const { code, stdout } = await run("explain", "route", "--from", "greeting", "--cluster", "west", `http://${host}/`);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /100 % {2}west → greeting\.sample\.svc\.cluster\.local:80/);
  assert.match(stdout, /If region us-west is lost:\n +100 % {2}west → lb-east\.example\.:15443 → east/);
});

test("a hand edit is a difference", async () => {
  const { client } = embedded.member("east");
  const key = { namespace: "fairlead-mesh", name: `${host}-se` };
  await client.patch(entries, key, [{ op: "remove", path: "/spec/endpoints/0" }], { type: "json" });
  const { code, stdout } = await run("mesh", "diff");
  assert.equal(code, 1);
  assert.match(stdout, /^~ ServiceEntry fairlead-mesh\/stage\.greeting\.global-se$/m);
  assert.equal((await run("mesh", "apply")).code, 0);
  assert.equal((await endpoints("east")).length, 2);
});

test("a deletion is shown first, and takes --yes", async () => {
  const { client } = embedded.member("east");
  await client.delete(deployments, { namespace: "sample", name: "greeting" });
  await client.delete(services, { namespace: "sample", name: "greeting" });
  const west = embedded.member("west").client;
  await west.delete(deployments, { namespace: "sample", name: "greeting" });
  const refused = await run("mesh", "apply");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /FL838/);
  assert.equal((await endpoints("west")).length, 2);
  const applied = await run("mesh", "apply", "--yes");
  assert.equal(applied.code, 0, applied.output);
  assert.deepEqual(await endpoints("west"), []);
  await put("west", ...greeting());
  await put("east", ...greeting());
  assert.equal((await run("mesh", "apply")).code, 0);
});

test("a rotated token replaces the old one", async () => {
  const { client } = embedded.member("hub");
  const kubeconfig = async () =>
    JSON.stringify(get(await client.get(secrets, { namespace: "fairlead-mesh", name: "west" }), "data"));
  const old = await kubeconfig();
  const rotated = await run("mesh", "clusters", "rotate", "west", "--from", "west");
  assert.deepEqual(
    [rotated.code, rotated.stdout],
    [0, "cluster west has a new token: Secret fairlead-mesh/west\n"],
    rotated.stderr,
  );
  assert.notEqual(await kubeconfig(), old);
  assert.equal((await run("mesh", "clusters", "list")).code, 0);
  const unknown = await run("mesh", "clusters", "rotate", "nobody", "--from", "west");
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /FL839.*there is no cluster nobody/);
});

test("a paused cluster keeps its endpoints and gets nothing", async () => {
  assert.equal((await run("mesh", "clusters", "pause", "east")).stdout, "cluster east is paused\n");
  assert.match((await run("mesh", "clusters", "list")).stdout, /^east +paused/m);
  const { client } = embedded.member("east");
  await client.delete(entries, { namespace: "fairlead-mesh", name: `${host}-se` });
  const { stdout } = await run("mesh", "plan", "-o", "json");
  const { clusters } = JSON.parse(stdout) as { clusters: { [name: string]: KrmObject[] } };
  assert.deepEqual(clusters["east"] ?? [], []);
  assert.match(JSON.stringify(clusters["west"]), /lb-east\.example/);
  assert.equal((await run("mesh", "clusters", "resume", "east")).stdout, "cluster east is resumed\n");
  assert.equal((await run("mesh", "apply")).code, 0);
  assert.equal((await endpoints("east")).length, 2);
});

test("the controller keeps it so until it is told to stop, and says nothing but that", async () => {
  const ending = new AbortController();
  const running = embedded.run(["run", "mesh", "--log-level", "warn", "--health", "127.0.0.1:0"], {
    context: { interrupted: () => ending.signal },
  });
  try {
    const { client } = embedded.member("east");
    const key = { namespace: "fairlead-mesh", name: `${host}-se` };
    await client.delete(entries, key);
    await until("the deleted entry to be back", async () => (await endpoints("east")).length === 2);
    await client.patch(entries, key, [{ op: "remove", path: "/spec/endpoints/0" }], { type: "json" });
    await until("the edited entry to be right", async () => (await endpoints("east")).length === 2);
  } finally {
    ending.abort();
  }
  const { code, output } = await running;
  assert.deepEqual([code, output], [0, ""]);
});

test("a cluster that is removed takes its endpoints along, and what was written in it if asked", async () => {
  const removed = await run("mesh", "clusters", "remove", "east", "--clean");
  assert.equal(removed.code, 0, removed.output);
  assert.match(removed.stdout, /^cluster east is a member no longer\n\d objects of the mesh deleted in it\n$/);
  assert.deepEqual(await endpoints("east"), []);
  const applied = await run("mesh", "apply", "--yes");
  assert.equal(applied.code, 0, applied.output);
  assert.deepEqual(await endpoints("west"), ["greeting.sample.svc.cluster.local"]);
  const { client } = embedded.member("east");
  await until("the rest to stay", async () => (await client.find(namespaces, { name: "sample" })) !== undefined);
});
