import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import { KubeError, type Client } from "@fairlead/kube";
import { fakeStore } from "../../../kube/test/fake-store.ts";
import { builtinResources } from "../../../kube/test/apply-fixtures.ts";
import { fakeClusters, type FakeClusters } from "../support/clusters.ts";

const namespaces = ["shop", "other"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
const configMap = (name: string, namespace?: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${namespace === undefined ? "" : `, namespace: ${namespace}`}}\ndata: {a: "1"}\n`;
const files = (...documents: readonly string[]): { stdin: string } => ({ stdin: documents.join("---\n") });

const names = ({ clients }: FakeClusters, cluster = "east"): string[] =>
  clients[cluster]!.store.list(clients[cluster]!.resource("ConfigMap"))
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    .sort();

const one = (t: TestContext): FakeClusters => fakeClusters(t, { east: { objects: namespaces } });

function changed(client: Client, changes: { readonly [Name in keyof Client]?: unknown }): Client {
  return Object.create(
    client,
    Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, { value }])),
  ) as Client;
}

test("applies, and the second time writes nothing", async (t) => {
  const world = one(t);
  const input = files(configMap("a"), configMap("b", "other"));
  const first = await world.run(["apply", "-f", "-", "--set", "x"], input);
  assert.deepEqual([first.code, first.stdout], [0, "2 created\n"]);
  assert.deepEqual(names(world), ["other/b", "shop/a", "shop/fairlead-x"]);
  world.clients["east"]!.requests.length = 0;
  const second = await world.run(["apply", "-f", "-", "--set", "x"], input);
  assert.deepEqual([second.code, second.stdout, world.clients["east"]!.writes()], [0, "2 unchanged\n", []]);
});

test("prunes what the set no longer holds, and nothing of other sets", async (t) => {
  const world = one(t);
  await world.run(["apply", "-f", "-", "--set", "y"], files(configMap("theirs")));
  await world.run(["apply", "-f", "-", "--set", "x"], files(configMap("a"), configMap("b")));
  const { code, stdout } = await world.run(["apply", "-f", "-", "--set", "x", "--prune"], files(configMap("a")));
  assert.deepEqual([code, stdout], [0, "1 deleted, 1 unchanged\n"]);
  assert.deepEqual(names(world), ["shop/a", "shop/fairlead-x", "shop/fairlead-y", "shop/theirs"]);
});

test("does not prune everything because the input is empty", async (t) => {
  const world = one(t);
  await world.run(["apply", "-f", "-", "--set", "x"], files(configMap("a")));
  for (const args of [["apply"], ["apply", "--dry-run", "server"]]) {
    const { code, stdout, stderr } = await world.run([...args, "-f", "-", "--set", "x", "--prune"], files(""));
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /error FL607: .*--prune would delete everything.*\n.*fairlead delete --set x/);
  }
  const shown = await world.run(["diff", "-f", "-", "--set", "x", "--prune"], files("# nothing\n"));
  assert.deepEqual([shown.code, shown.stdout], [2, ""]);
  assert.deepEqual(names(world), ["shop/a", "shop/fairlead-x"]);
  const harmless = await world.run(["apply", "-f", "-", "--set", "x"], files(""));
  assert.deepEqual([harmless.code, harmless.stdout], [0, "nothing to do\n"]);
});

test("does not prune the unnamed set, by whatever name", async (t) => {
  const world = one(t);
  await world.run(["apply", "-f", "-"], files(configMap("a")));
  for (const set of [[], ["--set", "default"]]) {
    const { code, stderr } = await world.run(["apply", "-f", "-", "--prune", ...set], files(configMap("b")));
    assert.equal(code, 2);
    assert.match(stderr, /error FL771/);
  }
  assert.deepEqual(names(world), ["shop/a", "shop/fairlead-default"]);
});

test("refuses a set whose name is typed wrong, before it writes", async (t) => {
  const world = one(t);
  await world.run(["apply", "-f", "-", "--set", "shop"], files(configMap("a")));
  world.clients["east"]!.requests.length = 0;
  const { code, stderr } = await world.run(["apply", "-f", "-", "--set", "shpo", "--prune"], files(configMap("a")));
  assert.equal(code, 1);
  assert.match(
    stderr,
    /error FL703: ConfigMap shop\/a is a member of another apply set, ConfigMap shop\/fairlead-shop/,
  );
  assert.deepEqual(world.clients["east"]!.writes(), []);
});

test("says what was written when it cannot be waited for", async (t) => {
  const world = fakeClusters(t, { east: { objects: namespaces } }, (client) =>
    changed(client, {
      watch() {
        throw new KubeError("forbidden", 'pods is forbidden: User "ci" cannot watch resource "pods"');
      },
    }),
  );
  const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: x}]}\n";
  const result = await world.run(["apply", "-f", "-", "-o", "json"], files(pod));
  assert.equal(result.code, 1);
  assert.match(result.stderr, /error FL761: pods is forbidden/);
  const { clusters } = JSON.parse(result.stdout) as { clusters: { writes: number; objects: { outcome: string }[] }[] };
  assert.deepEqual([clusters[0]!.writes, clusters[0]!.objects.map(({ outcome }) => outcome)], [2, ["created"]]);
});

test("exits 130 when it is interrupted, and says what was not begun", async (t) => {
  const stop = new AbortController();
  const world = fakeClusters(t, {
    east: {
      objects: namespaces,
      after: ({ verb, dryRun }) => void (!dryRun && (verb === "create" || verb === "apply") && stop.abort()),
    },
  });
  const context = { interrupted: () => stop.signal };
  const { code, stderr, stdout } = await world.run(["apply", "-f", "-"], { ...files(configMap("a")), context });
  assert.deepEqual([code, stdout], [130, "1 skipped\n"]);
  assert.match(stderr, /error FL715: 1 of 1 steps were not begun.*interrupted/);
});

test("prints a document for programs whatever is wrong", async (t) => {
  const world = one(t);
  const json = async (args: readonly string[], setup = files(configMap("a"))) => {
    const { code, stdout } = await world.run([...args, "-o", "json"], setup);
    const { clusters, findings } = JSON.parse(stdout) as { clusters: unknown[]; findings: { code: string }[] };
    return [code, clusters.length, findings[0]?.code];
  };
  const wrong = files("apiVersion: fairlead.dev/v1alpha1\nkind: App\nmetadata: {name: a}\nspec: {htpp: 1}\n");
  for (const args of [
    ["apply", "-f", "-"],
    ["delete", "-f", "-"],
  ]) {
    assert.deepEqual((await json(args, wrong)).slice(0, 2), [1, 0]);
    assert.deepEqual((await json([...args, "--context", "nope"])).slice(0, 2), [1, 0]);
  }
});

test("diff prints a document for programs whatever is wrong", async (t) => {
  const world = one(t);
  const json = async (args: readonly string[], stdin: string) => {
    const { code, stdout } = await world.run(["diff", "-f", "-", "-o", "json", ...args], files(stdin));
    const { schemaVersion, clusters, findings } = JSON.parse(stdout) as {
      schemaVersion: number;
      clusters: unknown[];
      findings: { code: string; severity: string; file?: string; line?: number }[];
    };
    const { code: finding, severity, file, line } = findings[0]!;
    return [code, schemaVersion, clusters.length, finding, severity, file, line];
  };
  const wrong = "apiVersion: fairlead.dev/v1alpha1\nkind: App\nmetadata: {name: a}\nspec: {htpp: 1}\n";
  assert.deepEqual(await json([], wrong), [2, 1, 0, "FL050", "error", "<stdin>", 4]);
  assert.deepEqual(
    (await json(["--set", "x", "--prune"], "")).slice(0, 5),
    [2, 1, 0, "FL607", "error"],
    "what would be pruned is not listed",
  );
  assert.deepEqual((await json(["--context", "nope"], configMap("a"))).slice(0, 4), [2, 1, 0, "FL725"]);
});

test("a duration that cannot be read is misuse, wherever it stands", async (t) => {
  const world = one(t);
  const commands = [
    ["apply", "-f", "-"],
    ["delete", "-f", "-"],
    ["status"],
    ["wait", "ConfigMap/a"],
    ["logs", "App/a"],
    ["crds", "install"],
    ["run", "workloads"],
  ];
  for (const command of commands) {
    const { code, stderr } = await world.run([...command, "--request-timeout", "soon"], files(configMap("a")));
    assert.equal(code, 2, command[0]);
    assert.match(stderr, /error FL765: --request-timeout: "soon" is no duration/);
  }
  for (const command of [
    ["diff", "-f", "-"],
    ["crds", "diff"],
  ]) {
    const { code } = await world.run([...command, "--request-timeout", "soon"], files(configMap("a")));
    assert.equal(code, 3, command.join(" "));
  }
});

test("--timeout is for everything: a cluster that answers no question ends the command, too", async (t) => {
  for (const args of [
    ["apply", "-f", "-"],
    ["apply", "-f", "-", "--dry-run", "server"],
    ["delete", "--set", "x"],
  ]) {
    const clock = virtualClock();
    const world = fakeClusters(t, {
      east: {
        objects: namespaces,
        async before() {
          clock.advance(90_000);
          await new Promise(() => undefined);
        },
      },
    });
    const command = [...args, "--timeout", "80s"];
    const { code, stderr } = await world.run(command, { ...files(configMap("a")), context: { clock } });
    assert.equal(code, 1);
    assert.match(stderr, /error FL760: east: --timeout was over before the cluster had been read/);
    assert.deepEqual(world.clients["east"]!.writes(), []);
  }
});

test("--timeout: what planning has taken is not there for waiting", async (t) => {
  const clock = virtualClock();
  let slow = true;
  const world = fakeClusters(t, {
    east: {
      objects: namespaces,
      before() {
        if (slow) clock.advance(60_000);
        slow = false;
      },
    },
  });
  const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: x}]}\n";
  const args = ["apply", "-f", "-", "--timeout", "80s"];
  let over = false;
  const running = world.run(args, { ...files(pod), context: { clock } }).finally(() => (over = true));
  for (let turn = 0; !over; turn++) {
    assert.ok(turn < 100_000, "it does not end");
    // Nobody makes the pod ready.
    if (world.clients["east"]!.requests.some(({ verb }) => verb === "watch")) clock.next();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { code, stdout, stderr } = await running;
  assert.deepEqual([code, stdout], [1, "1 created\n"]);
  assert.match(stderr, /Pod shop\/a/);
  assert.equal(clock.monotonic(), 80_000);
});

test("a dry run of the server lists what stays as it is, as one of the client does", async (t) => {
  const world = one(t);
  await world.run(["apply", "-f", "-", "--set", "x"], files(configMap("a"), configMap("b")));
  const changes = files(configMap("a"), configMap("b").replace('"1"', '"2"'), configMap("c"));
  for (const dryRun of ["client", "server"]) {
    const args = ["apply", "-f", "-", "--set", "x", "--dry-run", dryRun];
    const { clusters } = JSON.parse((await world.run([...args, "-o", "json"], changes)).stdout) as {
      clusters: { objects: { object: { name: string }; outcome: string }[] }[];
    };
    assert.deepEqual(
      clusters[0]!.objects.map(({ object, outcome }) => `${object.name} ${outcome}`).sort(),
      ["a unchanged", "b changed", "c created"],
      dryRun,
    );
    const { stdout } = await world.run(args, changes);
    assert.match(stdout, /^would be [^]*\n1 created, 1 changed, 1 unchanged \(dry run\)\n$/);
    assert.doesNotMatch(stdout, /would be unchanged/);
  }
});

test("a cluster that does not answer does not keep the others back, and is named", async (t) => {
  const world = fakeClusters(t, {
    east: {
      objects: namespaces,
      before() {
        throw new KubeError("connection", "it does not answer", { cluster: "east" });
      },
    },
    west: { objects: namespaces },
  });
  const args = ["apply", "-f", "-", "--cluster", "east", "--cluster", "west"];
  const { code, stdout, stderr } = await world.run(args, files(configMap("a")));
  assert.deepEqual([code, stdout], [1, "east: nothing to do\nwest: 1 created\n"]);
  assert.match(stderr, /error FL760: east: it does not answer/);
  assert.deepEqual(names(world, "west"), ["shop/a", "shop/fairlead-default"]);
});

test("names the cluster in every finding when there are several", async (t) => {
  const objects = [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "shop" } }];
  const world = fakeClusters(t, { east: { objects: namespaces }, west: { objects: [...namespaces, ...objects] } });
  for (const command of ["apply", "diff"]) {
    const args = [command, "-f", "-", "--cluster", "east", "--cluster", "west"];
    assert.match((await world.run(args, files(configMap("a")))).stderr, /error FL702: west: ConfigMap shop\/a exists/);
  }
});

test("two contexts of one cluster end in the same state as one", async (t) => {
  const store = fakeStore(builtinResources, { anyNamespace: true });
  const world = fakeClusters(t, { east: { store, objects: namespaces }, again: { store } });
  const args = ["apply", "-f", "-", "--set", "x", "--prune", "--cluster", "east", "--cluster", "again"];
  const input = files(configMap("a"), configMap("b"));
  assert.equal((await world.run(args, input)).code, 0);
  assert.deepEqual(names(world), ["shop/a", "shop/b", "shop/fairlead-x"]);
  const again = await world.run(args, input);
  assert.deepEqual([again.code, again.stdout], [0, "east: 2 unchanged\nagain: 2 unchanged\n"]);
});

test("takes any length of time, and no timer runs over", async (t) => {
  const world = one(t);
  for (const timeout of ["2000h", "1500us"]) {
    const { code, stderr } = await world.run(["apply", "-f", "-", "--timeout", timeout, "--wait=false"], files(""));
    assert.deepEqual([code, /error/.test(stderr)], [0, false], timeout);
  }
});

test("shows no value of a Secret, whatever becomes of it", async (t) => {
  const secret = (value: string): string =>
    `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: ${value}}\n`;
  const world = one(t);
  const outputs = [
    await world.run(["apply", "-f", "-", "--set", "x"], files(secret("hunter1"))),
    await world.run(["diff", "-f", "-", "--set", "x"], files(secret("hunter2"))),
    await world.run(["diff", "-f", "-", "--set", "x", "-o", "json"], files(secret("hunter2"))),
    await world.run(["apply", "-f", "-", "--set", "x", "--dry-run", "server", "-o", "json"], files(secret("hunter2"))),
    await world.run(["diff", "-f", "-", "--set", "x", "--prune", "-o", "json"], files(configMap("a"))),
    await world.run(["apply", "-f", "-", "--set", "x", "-o", "json"], files(secret("hunter2"))),
  ];
  for (const { output, code } of outputs) {
    assert.ok(code < 2 && output !== "");
    for (const value of ["hunter1", "hunter2"]) {
      assert.ok(!output.includes(value) && !output.includes(Buffer.from(value).toString("base64")), output);
    }
  }
});
