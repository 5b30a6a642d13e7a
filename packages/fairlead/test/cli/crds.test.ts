import assert from "node:assert/strict";
import { test } from "node:test";
import { KubeError } from "@fairlead/kube";
import { crdResource } from "../../src/cli/cluster/resources.ts";
import { admiralKinds } from "../../src/kinds/admiral/admiral-kinds.ts";
import { kindNames, loadKind } from "../../src/kinds/load.ts";
import { crdOf } from "../../src/schema/crd.ts";
import { fakeClusters } from "../support/clusters.ts";

const count = kindNames.length;

test("installs the kinds, waits until they are served, and writes nothing the second time", async (t) => {
  const { run, clients } = fakeClusters(t, { east: { establishAtOnce: true } });
  const first = await run(["crds", "install"]);
  assert.deepEqual([first.code, first.stdout], [0, `${count} created\n`], first.stderr);
  assert.match(first.stderr, /^✓ CustomResourceDefinition apps\.fairlead\.dev: done$/m);
  assert.equal(clients["east"]!.writes().length, count);
  const second = await run(["crds", "install"]);
  assert.deepEqual([second.code, second.stdout], [0, `${count} unchanged\n`]);
  assert.equal(clients["east"]!.writes().length, count);
});

test("shows what it would change, with an exit code of its own", async (t) => {
  const { run, clients } = fakeClusters(t, { east: { establishAtOnce: true } });
  const before = await run(["crds", "diff"]);
  assert.equal(before.code, 1);
  assert.match(before.stdout, /^\+ CustomResourceDefinition apps\.fairlead\.dev$/m);
  assert.deepEqual(clients["east"]!.writes(), []);
  await run(["crds", "install"]);
  const after = await run(["crds", "diff"]);
  assert.deepEqual([after.code, after.stdout, after.stderr], [0, "", ""]);

  const key = { name: "apps.fairlead.dev" };
  const renamed = { spec: { names: { singular: "application" } } };
  await clients["east"]!.patch(crdResource, key, renamed, { type: "merge", fieldManager: "someone" });
  const changed = await run(["crds", "diff"]);
  assert.equal(changed.code, 1);
  assert.match(changed.stdout, /^~ CustomResourceDefinition apps\.fairlead\.dev\n {4}spec\.names\.singular/m);
  const json = await run(["crds", "diff", "-o", "json"]);
  const document = JSON.parse(json.stdout) as { clusters: { cluster: string; objects: { change: string }[] }[] };
  assert.deepEqual(
    document.clusters.map(({ cluster, objects }) => [cluster, objects.map(({ change }) => change)]),
    [["east", ["changed"]]],
  );
  assert.equal((await run(["crds", "diff", "--context", "nope"])).code, 2);
  assert.equal((await run(["crds", "diff", "--nope"])).code, 3);
});

test("installs the kinds of a mesh when it is asked for them", async (t) => {
  const { run } = fakeClusters(t, { east: { establishAtOnce: true } });
  const mesh = admiralKinds.length + 1;
  const { code, stdout, stderr } = await run(["crds", "install", "--group", "mesh"]);
  assert.deepEqual([code, stdout], [0, `${mesh} created\n`], stderr);
  assert.match(stderr, /^✓ CustomResourceDefinition globaltrafficpolicies\.admiral\.io: done$/m);
  assert.match(stderr, /^✓ CustomResourceDefinition meshconfigs\.fairlead\.dev: done$/m);
  assert.equal((await run(["crds", "diff", "--group", "mesh"])).code, 0);
  const all = await run(["crds", "install", "--group", "all"]);
  assert.deepEqual([all.code, all.stdout], [0, `${count - 1} created, ${mesh} unchanged\n`]);
});

test("prints the definitions of a group, and kinds by every name that they have", async (t) => {
  const { run } = fakeClusters(t, {});
  const names = ({ stdout }: { readonly stdout: string }) =>
    [...stdout.matchAll(/^metadata:\n {2}name: (.+)$/gm)].map(([, name]) => name);
  const mesh = names(await run(["schema", "--group", "mesh"]));
  assert.deepEqual(mesh, ["meshconfigs.fairlead.dev", ...admiralKinds.map(({ plural }) => `${plural}.admiral.io`)]);
  assert.deepEqual(names(await run(["schema", "gtp", "Dependency", "apps"])), [
    "globaltrafficpolicies.admiral.io",
    "dependencies.admiral.io",
    "apps.fairlead.dev",
  ]);
  assert.match((await run(["schema", "gpt"])).stderr, /FL605/);
});

test("works on several clusters, and says which", async (t) => {
  const { run, clients } = fakeClusters(t, { east: { establishAtOnce: true }, west: { establishAtOnce: true } });
  const { code, stdout, stderr } = await run(["crds", "install", "--cluster", "east", "--cluster", "west"]);
  assert.deepEqual([code, stdout], [0, `east: ${count} created\nwest: ${count} created\n`]);
  assert.match(stderr, /^✓ west: CustomResourceDefinition apps\.fairlead\.dev: done$/m);
  assert.equal(clients["west"]!.writes().length, count);
});

test("does not take over what another manager owns unless it is told to", async (t) => {
  const crd = crdOf(await loadKind("App"));
  const foreign = {
    ...crd,
    spec: { ...(crd["spec"] as object), names: { kind: "App", plural: "apps", singular: "other" } },
  };
  const { run } = fakeClusters(t, { east: { establishAtOnce: true, objects: [foreign as never] } });
  const refused = await run(["crds", "install"]);
  assert.deepEqual([refused.code, refused.stdout], [1, `${count - 1} created, 1 failed\n`]);
  assert.match(refused.stderr, /error FL769: .*conflict/i);
  const adopted = await run(["crds", "install", "--adopt"]);
  assert.deepEqual([adopted.code, adopted.stdout], [0, `1 updated, ${count - 1} unchanged\n`], adopted.stderr);
});

test("gives the result as JSON, and everything else on stderr", async (t) => {
  const refuse = new KubeError("forbidden", "customresourcedefinitions is forbidden", {
    httpStatus: 403,
    cluster: "east",
  });
  const { run } = fakeClusters(t, {
    east: {
      before({ verb }) {
        if (verb === "apply") throw refuse;
      },
    },
  });
  const { code, stdout, stderr } = await run(["crds", "install", "-o", "json"]);
  const document = JSON.parse(stdout) as {
    schemaVersion: number;
    clusters: { objects: { action: string }[] }[];
    findings: { code: string }[];
  };
  assert.deepEqual([code, document.schemaVersion], [1, 1]);
  assert.ok(document.clusters[0]!.objects.every(({ action }) => action === "failed"));
  assert.ok(document.findings.every((finding) => finding.code === "FL761"));
  assert.match(
    stderr,
    /✗ CustomResourceDefinition apps\.fairlead\.dev: failed, east: customresourcedefinitions is forbidden/,
  );
});

test("says that a definition is not served in time", async (t) => {
  const { run } = fakeClusters(t, { east: { establishAtOnce: false } });
  const { code, stderr } = await run(["crds", "install", "--timeout", "50ms"]);
  assert.equal(code, 1);
  assert.match(stderr, /FL71[67]/);
  assert.equal((await run(["crds", "install", "--timeout", "soon"])).code, 2);
});
