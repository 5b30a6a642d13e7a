/** `status`, `wait`, `logs` and `crds` against a real cluster, as a user calls them. */
import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fairlead, type CliResult, type CliSetup } from "../../packages/fairlead/test/support/cli.ts";
import { kindNames } from "../../packages/fairlead/src/kinds/load.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { execute } from "../../scripts/real/execute.ts";
import { containerLog } from "../../scripts/real/kwok.ts";
import { until } from "../../scripts/real/until.ts";

const { plane, programs } = readAccess();
const namespace = `commands-${process.pid}`;

const app = (image: string, more = ""): string => `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: orders}
spec:
  replicas: 2
${more}  containers:
    - name: orders
      image: ${image}
      http: {port: 8080, path: /healthz}
      resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 64Mi}}
`;
const healthy = app("example/orders:1");

function run(args: readonly string[], setup: CliSetup = {}): Promise<CliResult> {
  return fairlead([...args], { ...setup, env: { PATH: "", KUBECONFIG: plane.kubeconfig, HOME: "/nonexistent" } });
}

async function kubectl(input: string | undefined, ...args: readonly string[]): Promise<void> {
  const result = await execute(
    programs.kubectl,
    ["--kubeconfig", plane.kubeconfig, ...args],
    input === undefined ? {} : { input },
  );
  assert.equal(result.status, 0, result.stderr);
}

/** What the declaration becomes, written by somebody else: these commands only look. */
async function rollOut(declaration: string): Promise<void> {
  const { stdout, code, stderr } = await fairlead(["render", "-f", "-"], { stdin: declaration });
  assert.equal(code, 0, stderr);
  await kubectl(stdout, "apply", "-n", namespace, "-f", "-");
}

before(async () => {
  await kubectl(undefined, "create", "namespace", namespace);
  await rollOut(healthy);
});
after(() => kubectl(undefined, "delete", "namespace", namespace, "--wait=false"));

test("crds: installs the kinds once, and then finds no difference", async () => {
  const first = await run(["crds", "install", "--adopt"]);
  assert.equal(first.code, 0, first.stderr);
  const second = await run(["crds", "install"]);
  assert.deepEqual([second.code, second.stdout], [0, `${kindNames.length} unchanged\n`], second.stderr);
  const diff = await run(["crds", "diff"]);
  assert.deepEqual([diff.code, diff.stdout], [0, ""]);
});

test("wait, then status: everything down to the pods", async () => {
  const waited = await run(["wait", "orders", "-n", namespace, "--timeout", "60s"]);
  assert.deepEqual([waited.code, waited.stdout], [0, "1 of 1 done\n"], waited.stderr);
  const { code, stdout } = await run(["status", "-n", namespace, "-f", "-"], { stdin: healthy });
  assert.equal(code, 0, stdout);
  assert.match(
    stdout,
    new RegExp(
      `^✓ App ${namespace}/orders\n` +
        "├─ ✓ Deployment orders  2 of 2 replicas are available\n" +
        "│  └─ ✓ ReplicaSet orders-\\w+  2 of 2 replicas are available\n" +
        "│     ├─ ✓ Pod orders-\\S+  1 of 1 container is ready\n" +
        "│     └─ ✓ Pod orders-\\S+  1 of 1 container is ready\n" +
        "├─ ✓ PodDisruptionBudget orders .*\n├─ ✓ Service orders .*\n└─ ✓ ServiceAccount orders\n$",
    ),
  );
  const all = await run(["status", "-n", namespace]);
  assert.match(all.stdout, new RegExp(`^✓ App ${namespace}/orders\n└─ ✓ Deployment orders`));
});

test("logs: of all pods by time, and followed with those that come", async (t) => {
  const { code, stdout, stderr } = await run(["logs", "orders", "-n", namespace, "--tail", "2"]);
  assert.equal(code, 0, stderr);
  const pods = new Set([...stdout.matchAll(/^\[(orders-\S+)\] /gm)].map((match) => match[1]));
  assert.equal(pods.size, 2, stdout);

  const stop = new AbortController();
  let text = "";
  const process = {
    stdout: { write: (part: string) => void (text += part) },
    stderr: { write: (part: string) => void (text += part) },
    env: {},
  };
  const context = { process: process as never, interrupted: () => stop.signal };
  const following = run(["logs", "-f", "orders", "-n", namespace, "--tail", "0"], { context });
  const lines = (pattern: RegExp): number => new Set(text.match(pattern) ?? []).size;
  const log = path.join(plane.folder, "container.log");
  // Every container of the cluster has this log, and other suites know what it says.
  const usual = readFileSync(log);
  t.after(() => writeFileSync(log, usual));
  const write = async (line: string, from: number): Promise<void> => {
    await until(
      `${line} from ${from} pods`,
      () => {
        appendFileSync(log, containerLog([line]));
        return lines(new RegExp(`^\\[orders-\\S+\\] ${line}$`, "gm")) >= from;
      },
      60_000,
    );
  };
  await write("to two", 2);
  await kubectl(undefined, "scale", "-n", namespace, "deployment/orders", "--replicas=3");
  await write("to three", 3);
  stop.abort();
  await following;
});

test("status: says what keeps a rollout, and exits 1", async () => {
  await rollOut(app("example/orders:crash-loop"));
  let seen: CliResult | undefined;
  await until(
    "the failure",
    async () => {
      seen = await run(["status", "-n", namespace, "orders"]);
      return seen.code === 1;
    },
    60_000,
  );
  assert.match(seen!.stdout, /✗ Pod orders-\S+ {2}container orders: CrashLoopBackOff/);
  const waited = await run(["wait", "orders", "-n", namespace, "--timeout", "1s"]);
  assert.equal(waited.code, 1);
  assert.match(waited.stderr, /FL71[67].*CrashLoopBackOff/);
});

test("wait: until what came from an App is gone", async () => {
  const waiting = run(["wait", "orders", "-n", namespace, "--for", "deleted", "--timeout", "60s"]);
  await kubectl(undefined, "delete", "-n", namespace, "deployment/orders", "--wait=false");
  const { code, stderr } = await waiting;
  assert.equal(code, 0, stderr);
  const { stdout, code: gone } = await run(["status", "-n", namespace, "Deployment/orders"]);
  assert.deepEqual([gone, stdout], [1, `✗ Deployment ${namespace}/orders  it does not exist\n`]);
});
