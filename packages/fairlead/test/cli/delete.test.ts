import assert from "node:assert/strict";
import { test } from "node:test";
import { KubeError } from "@fairlead/kube";
import { fakeClusters, type FakeClusters } from "../support/clusters.ts";

const namespaces = ["shop", "other"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
const configMap = (place: string): string => {
  const [name, namespace] = place.split("/").reverse();
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${namespace === undefined ? "" : `, namespace: ${namespace}`}}\n`;
};
const files = (...places: readonly string[]): { stdin: string } => ({ stdin: places.map(configMap).join("---\n") });

const names = ({ clients }: FakeClusters): string[] =>
  clients["east"]!.store.list(clients["east"]!.resource("ConfigMap"))
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    .sort();

test("deletes the members that the files name, and the set with the last of them", async (t) => {
  const world = fakeClusters(t, { east: { objects: namespaces } });
  await world.run(["apply", "-f", "-"], files("a", "other/b"));
  const first = await world.run(["delete", "-f", "-"], files("a"));
  assert.deepEqual([first.code, first.stdout, names(world)], [0, "1 deleted\n", ["other/b", "shop/fairlead-default"]]);
  const second = await world.run(["delete", "-f", "-"], files("other/b"));
  assert.deepEqual([second.code, second.stdout, names(world)], [0, "1 deleted\n", []]);
  const third = await world.run(["delete", "-f", "-"], files("other/b"));
  assert.deepEqual([third.code, third.stdout], [0, "nothing to do\n"]);
});

test("takes an object that names its namespace for no other one", async (t) => {
  const world = fakeClusters(t, { east: { objects: namespaces } });
  await world.run(["apply", "-f", "-"], files("shop/a"));
  const { code, stderr } = await world.run(["delete", "-f", "-"], files("other/a"));
  assert.equal(code, 0);
  assert.match(stderr, /info FL772: ConfigMap other\/a is no member of the set ConfigMap shop\/fairlead-default/);
  assert.deepEqual(names(world), ["shop/a", "shop/fairlead-default"]);
});

test("fails when what is named stays because it is of another set, and deletes the rest", async (t) => {
  const world = fakeClusters(t, { east: { objects: namespaces } });
  await world.run(["apply", "-f", "-", "--set", "x"], files("a"));
  await world.run(["apply", "-f", "-"], files("b"));
  for (const dry of [["--dry-run", "server"], []]) {
    const { code, stderr } = await world.run(["delete", "-f", "-", ...dry], files("a", "b"));
    assert.equal(code, 1);
    assert.match(stderr, /error FL772: ConfigMap a is no member of .*fairlead-default, and stays in the cluster/);
  }
  assert.deepEqual(names(world), ["shop/a", "shop/fairlead-x"]);
});

test("deletes no member that came after the files were compared with the set", async (t) => {
  let late = (): Promise<unknown> => Promise.resolve();
  const world = fakeClusters(t, {
    east: {
      objects: namespaces,
      async before({ verb }) {
        if (verb !== "delete") return;
        const add = late;
        late = () => Promise.resolve();
        await add();
      },
    },
  });
  await world.run(["apply", "-f", "-"], files("a"));
  late = () => world.run(["apply", "-f", "-"], files("b"));
  await world.run(["delete", "-f", "-"], files("a"));
  assert.ok(names(world).includes("shop/b"));
});

test("fails, and deletes nothing, when part of the set cannot be read", async (t) => {
  const world = fakeClusters(t, {
    east: {
      objects: namespaces,
      before({ verb, resource }) {
        if (verb === "list" && resource.kind === "Secret" && blind) {
          throw new KubeError("forbidden", "secrets is forbidden", { httpStatus: 403 });
        }
      },
    },
  });
  let blind = false;
  const secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";
  await world.run(["apply", "-f", "-", "--set", "x"], { stdin: `${configMap("a")}---\n${secret}` });
  blind = true;
  const { code, stderr } = await world.run(["delete", "--set", "x"]);
  assert.equal(code, 1);
  assert.match(stderr, /error FL708: members of the kind Secret in the namespace shop cannot be read: secrets is forb/);
  assert.deepEqual(names(world), ["shop/a", "shop/fairlead-x"]);
});

test("says that there is no such set", async (t) => {
  const world = fakeClusters(t, { east: { objects: namespaces } });
  await world.run(["apply", "-f", "-", "--set", "x"], files("a"));
  const { stderr, stdout } = await world.run(["delete", "--set", "xx"]);
  assert.equal(stdout, "nothing to do\n");
  assert.match(stderr, /FL706: there is no apply set ConfigMap shop\/fairlead-xx/);
  assert.deepEqual(names(world), ["shop/a", "shop/fairlead-x"]);
});

test("keeps what loses data unless that is allowed, and then the set with it", async (t) => {
  const world = fakeClusters(t, { east: { objects: namespaces } });
  const claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {}\n";
  await world.run(["apply", "-f", "-", "--set", "x", "--wait=false"], { stdin: claim });
  const kept = await world.run(["delete", "--set", "x"]);
  assert.deepEqual([kept.code, kept.stdout], [0, "1 refused\n"]);
  assert.match(kept.stderr, /warning FL707: .*\n.*\n.*--allow delete-volume-claim/);
  const gone = await world.run(["delete", "--set", "x", "--allow", "delete-volume-claim"]);
  assert.deepEqual([gone.code, gone.stdout, names(world)], [0, "1 deleted\n", []]);
});
