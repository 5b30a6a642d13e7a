/** `fairlead up` of fleets with Istio in their clusters. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Client } from "@fairlead/kube";
import { fairlead, inFolder } from "../support/cli.ts";
import { clientOf, upWhile } from "../support/up-while.ts";

const packageRoot = path.resolve(import.meta.dirname, "../..");
const examples = path.resolve(packageRoot, "../../examples");

const pods = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true } as const;
const replicaSets = {
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  plural: "replicasets",
  namespaced: true,
} as const;

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
const kubeconfigIn = (output: string): string => /export KUBECONFIG=(.*)/.exec(output)![1]!;

interface Shown {
  readonly place: string;
  readonly uid: string;
  /** The tag of its proxy; `none` without. */
  readonly proxy: string;
}

/** The pods that are not on their way out, but for those of the control plane. */
async function podsOf(client: Client): Promise<readonly Shown[]> {
  const { items } = await client.list(pods);
  return items.flatMap(({ metadata, ...rest }) => {
    if (metadata.namespace === "istio-system" || metadata["deletionTimestamp"] !== undefined) return [];
    const spec = (rest as JsonObject)["spec"];
    const all = ["containers", "initContainers"].flatMap((key) => listOf(get(spec, key)));
    const proxy = all.find((one) => get(one, "name") === "istio-proxy");
    const app = textOf(get(metadata.labels as JsonObject | undefined, "app"));
    const tag = proxy === undefined ? "none" : textOf(get(proxy, "image")).replace(/^.*:/, "");
    return [{ place: `${metadata.namespace}/${app}`, uid: textOf(metadata["uid"]), proxy: tag }];
  });
}

/** `PLACE PROXY` of each, once. */
async function proxiesOf(client: Client): Promise<readonly string[]> {
  return [...new Set((await podsOf(client)).map(({ place, proxy }) => `${place} ${proxy}`))].sort();
}

/** How many templates each Deployment has had. */
async function templatesOf(client: Client, namespace: string): Promise<{ readonly [app: string]: number }> {
  const { items } = await client.list(replicaSets, { namespace });
  const counts: Record<string, number> = {};
  for (const { metadata } of items) {
    const app = textOf(get(metadata.labels as JsonObject | undefined, "app"));
    counts[app] = (counts[app] ?? 0) + 1;
  }
  return counts;
}

function workload(name: string, namespace: string, annotations = "{}"): string {
  return `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}, annotations: ${annotations}}
    spec: {containers: [{name: ${name}, image: "${name}:1"}]}
`;
}

const namespace = (name: string, labels: string): string =>
  `---\n{apiVersion: v1, kind: Namespace, metadata: {name: ${name}, labels: {istio-injection: enabled${labels}}}}\n`;

const policy = (soak: string): string => `apiVersion: fairlead.dev/v1alpha1
kind: SidecarPolicy
metadata: {name: sidecars, namespace: fairlead-sidecars}
spec:
  oracle: {settle: 100ms}
  restart: {cooldown: 0s}
  waves: [{name: canary, namespaceSelector: stage=canary, soak: ${soak}}]
`;

const fleet = (istio: string, clusters = "[{name: here}]"): string => `apiVersion: fairlead.dev/v1alpha1
kind: Fleet
metadata: {name: one}
spec:
  clusters: ${clusters}
  ${istio === "" ? "" : `istio: ${istio}`}
`;

function write(folder: string, files: { readonly [name: string]: string }): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
}

test("up examples/mesh shows an upgrade from 1.28 to 1.29, in waves, and touches nothing that is current", async () => {
  await inFolder(async (folder) => {
    const result = await upWhile(folder, [path.join(examples, "mesh"), "--ephemeral"], async (output, later) => {
      const clients = await Promise.all(["us", "eu"].map((one) => clientOf(kubeconfigIn(output), one)));
      const plain = async (): Promise<readonly Shown[]> =>
        (await Promise.all(clients.map(podsOf))).flat().filter(({ proxy }) => proxy === "none");
      const before = await plain();
      await later(/^✓ sidecars: done, 8 of 8 done/m);
      assert.deepEqual([before.length, await plain()], [2, before]);
      for (const client of clients) {
        const current = ["pay/pay", "preview/web", "shop/carts", "shop/web"].map((place) => `${place} 1.29.0`);
        assert.deepEqual(await proxiesOf(client), ["batch/report none", ...current]);
        assert.deepEqual(await templatesOf(client, "shop"), { web: 2 });
        assert.deepEqual(await templatesOf(client, "batch"), { report: 1 });
        await client.close();
      }
    });
    const { output } = result;
    assert.equal(result.code, 0, output);
    assert.match(
      output,
      /^Istio 1\.28\.0 in us and eu$[^]*^Istio 1\.28\.0 → 1\.29\.0 in us and eu$[^]*^CLUSTER +WORKLOAD/m,
    );
    assert.equal(output.match(/^CLUSTER +WORKLOAD/gm)?.length, 1);
    assert.match(
      output,
      /^us +shop\/statefulset\/carts +waiting +rest +2\/2 +proxyv2:1\.28\.0 +proxyv2:1\.29\.0 +image/m,
    );
    const canaries = ["us", "eu"].map((one) => output.indexOf(`✓ ${one}/preview/Deployment.apps/web: done`));
    assert.ok(Math.max(...canaries) < output.indexOf(": wave rest\n"), output);
  });
});

test("an upgrade goes on where it was killed, and what was restarted is not restarted again", async () => {
  await inFolder(async (folder) => {
    write(folder, {
      "fleet.yaml": fleet("{version: 1.28.0, upgradeTo: 1.29.0}"),
      "policy.yaml": policy("3s"),
      "workloads.yaml": `${namespace("preview", ", stage: canary")}${workload("web", "preview")}`,
      "shop.yaml": `${namespace("shop", "")}${workload("web", "shop")}${workload("cart", "shop")}`,
    });
    await killedAt(folder, /sidecars: 1 of 3 done, 2 waiting; wave canary/);
    const again = await upWhile(folder, ["."], async (output, later) => {
      await later(/^✓ sidecars: done, \d of \d done/m);
      const client = await clientOf(kubeconfigIn(output));
      assert.deepEqual(await proxiesOf(client), ["preview/web 1.29.0", "shop/cart 1.29.0", "shop/web 1.29.0"]);
      assert.deepEqual(await templatesOf(client, "preview"), { web: 2 });
      assert.deepEqual(await templatesOf(client, "shop"), { web: 2, cart: 2 });
      await client.close();
    });
    assert.equal(again.code, 0, again.output);
    // The control plane was there already: it neither goes back nor is upgraded twice.
    assert.match(again.output, /^Istio 1\.29\.0, as it was kept, in here$/m);
    assert.doesNotMatch(again.output, /1\.28\.0 → 1\.29\.0 in/);
    // Another process finds nothing to do, by asking the API server.
    const third = await upWhile(folder, ["."], async (output) => {
      const env = { PATH: "", KUBECONFIG: kubeconfigIn(output) };
      const { stdout, stderr } = await fairlead(["sidecars", "plan"], { cwd: folder, env });
      assert.deepEqual([stdout, stderr], ["everything is current\n", ""]);
    });
    assert.doesNotMatch(third.output, /^WORKLOAD/m);
  });
});

/** Runs `up .` as a process of its own, and kills it when it has written something. */
async function killedAt(folder: string, pattern: RegExp): Promise<void> {
  const options = ["--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...options, path.join(packageRoot, "src/main.ts"), "up", "."], {
    cwd: folder,
    env: { PATH: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const { promise: ended, resolve } = Promise.withResolvers<NodeJS.Signals | null>();
  child.on("exit", (_code, signal) => resolve(signal));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (pattern.test(output)) child.kill("SIGKILL");
    });
  }
  assert.equal(await ended, "SIGKILL", output);
}

test("with --watch another version in fleet.yaml is an upgrade, and no Istio takes the proxies away", async () => {
  await inFolder(async (folder) => {
    write(folder, {
      "fleet.yaml": fleet("{version: 1.28.0}"),
      "workloads.yaml": `${namespace("shop", "")}${workload("web", "shop")}`,
    });
    const { code, output } = await upWhile(folder, [".", "--watch"], async (first, later) => {
      const client = await clientOf(kubeconfigIn(first));
      assert.deepEqual(await proxiesOf(client), ["shop/web 1.28.0"]);
      // Nobody restarts anything as long as there is no policy; one that comes later is followed.
      write(folder, { "fleet.yaml": fleet("{version: 1.29.0}") });
      await later(/^Istio 1\.28\.0 → 1\.29\.0 in here$[^]*export KUBECONFIG/m);
      assert.deepEqual(await proxiesOf(client), ["shop/web 1.28.0"]);
      write(folder, { "policy.yaml": policy("0s") });
      await later(/^✓ sidecars: done, 1 of 1 done/m);
      assert.deepEqual(await proxiesOf(client), ["shop/web 1.29.0"]);
      // Whoever asks for a proxy that nobody injects is not restarted: it may be a mistake.
      write(folder, {
        "fleet.yaml": fleet("", "[{name: here}, {name: there}]"),
        "workloads.yaml": `${namespace("shop", "").replace("enabled", "disabled")}${workload("web", "shop")}`,
      });
      await later(/^Istio 1\.29\.0 is gone from here$[^]*^✓ sidecars: done, everything is current/m);
      assert.deepEqual(await proxiesOf(client), ["shop/web none"]);
      await client.close();
    });
    assert.equal(code, 0, output);
    assert.match(output, /^warning FL788: fleet\.yaml declares other clusters/m);
  });
});

test("an upgrade waits until everything is ready", async () => {
  await inFolder(async (folder) => {
    write(folder, {
      "fleet.yaml": fleet("{version: 1.28.0, upgradeTo: 1.29.0}"),
      "workloads.yaml": workload("web", "default", "{sim.fairlead.dev/ready: never}"),
    });
    const { output } = await upWhile(folder, [".", "--ephemeral", "--timeout", "2s"], async (_output, later) => {
      await later(/FL787/);
    });
    assert.match(output, /^warning FL787: not everything is ready: Istio 1\.28\.0 → 1\.29\.0 in here$/m);
    assert.doesNotMatch(output, /^Istio 1\.28\.0 → /m);
  });
});

test("a control plane that is late is told, and an upgrade of it waits, too", async () => {
  await inFolder(async (folder) => {
    write(folder, {
      "fleet.yaml": fleet("{version: 1.28.0, upgradeTo: 1.29.0}"),
    });
    const { output } = await upWhile(folder, [".", "--timeout", "1ms"], async (_output, later) => {
      await later(/FL787/);
    });
    assert.match(output, /^✗ control planes of Istio: failed/m);
    assert.match(output, /^warning FL783: here: Deployment istio-system\/istiod is not done yet/m);
  });
});

test("what is wrong with Istio, or with the folder that a fleet names, is told with its place", async () => {
  await inFolder(async (folder) => {
    write(folder, {
      "fleet.yaml": fleet('{version: "1.28"}'),
      "gone/fleet.yaml":
        "apiVersion: fairlead.dev/v1alpha1\nkind: Fleet\nmetadata: {name: gone}\nspec: {folder: other}\n",
      "far/fleet.yaml":
        "apiVersion: fairlead.dev/v1alpha1\nkind: Fleet\nmetadata: {name: far}\nspec: {folder: ../gone}\n",
    });
    const version = await fairlead(["up", "."], { cwd: folder });
    assert.equal(version.code, 1);
    assert.match(
      version.stderr,
      /^fleet\.yaml:6:20: error FL780: spec\.istio\.version: "1\.28" is no version of Istio\n/m,
    );
    assert.match(version.stderr, /istio: \{version: "1\.28"\}\n/);
    const gone = await fairlead(["up", "gone"], { cwd: folder });
    assert.match(gone.stderr, /^gone\/fleet\.yaml:4:16: error FL780: spec\.folder: there is no folder gone\/other\n/m);
    const far = await fairlead(["up", "far"], { cwd: folder });
    assert.match(
      far.stderr,
      /^far\/fleet\.yaml:4:16: error FL780: spec\.folder: the fleet of gone names another folder\n/m,
    );
  });
});
