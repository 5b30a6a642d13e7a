import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import type { Client, ClientOptions, ClusterAccess } from "@fairlead/kube";
import type { CliContext } from "../context.ts";
import type { ClusterFlags } from "./flags.ts";
import { withTargets } from "./targets.ts";

const folder = mkdtempSync(path.join(tmpdir(), "fairlead-targets-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const config = path.join(folder, "config");
const token = "s3cr3t-token";
writeFileSync(
  config,
  `apiVersion: v1
kind: Config
current-context: east
clusters:
- {name: one, cluster: {server: "https://one.example:6443"}}
- {name: two, cluster: {server: "https://two.example:6443"}}
users:
- {name: me, user: {token: ${token}}}
contexts:
- {name: east, context: {cluster: one, user: me, namespace: shop}}
- {name: west, context: {cluster: two, user: me}}
- {name: broken, context: {cluster: three, user: me}}
`,
);

async function run(flags: ClusterFlags, env: NodeJS.ProcessEnv = { KUBECONFIG: config }) {
  const connected: { access: ClusterAccess; options: ClientOptions }[] = [];
  const closed: string[] = [];
  let worked: readonly string[] | undefined;
  let stderr = "";
  const context = {
    process: { stdout: { write: () => undefined }, stderr: { write: (text: string) => void (stderr += text) } },
    cwd: folder,
    env,
    color: { stdout: false, stderr: false },
    interactive: false,
    connect(access: ClusterAccess, options: ClientOptions) {
      connected.push({ access, options });
      return { close: async () => void closed.push(access.name) } as unknown as Client;
    },
  } as unknown as CliContext;
  await withTargets(context, flags, async (targets) => void (worked = targets.map(({ name }) => name)));
  return { connected, closed, worked, stderr, code: context.process.exitCode };
}

test("reaches the current context with the namespace that it names", async () => {
  const { connected, worked, closed, stderr } = await run({});
  assert.deepEqual([worked, closed, stderr], [["east"], ["east"], ""]);
  const [{ access }] = connected as [(typeof connected)[0]];
  assert.deepEqual([access.server.host, access.namespace], ["one.example:6443", "shop"]);
  assert.equal((await access.credentials.current()).headers["authorization"], `Bearer ${token}`);
});

test("works on several contexts at once, each once, in the order of the flags", async () => {
  const { worked, connected, closed } = await run({ context: "west", cluster: ["east", "west"], namespace: "pay" });
  assert.deepEqual(worked, ["west", "east"]);
  assert.deepEqual(closed, ["west", "east"]);
  assert.deepEqual(
    connected.map(({ access }) => access.namespace),
    ["pay", "pay"],
  );
});

test("impersonates, and passes on how long a request may take", async () => {
  const { connected } = await run({ as: "jane", asGroup: ["dev", "ops"], requestTimeout: "1m30s" });
  const [{ access, options }] = connected as [(typeof connected)[0]];
  const { headers } = await access.credentials.current();
  assert.deepEqual([headers["impersonate-user"], headers["impersonate-group"]], ["jane", ["dev", "ops"]]);
  assert.equal(options.deadlineMs, 90_000);
  assert.equal((await run({ requestTimeout: "5" })).connected[0]!.options.deadlineMs, 5_000);
});

test("reports what is wrong at its place, without the file's text, and does nothing", async () => {
  const missing = await run({ cluster: ["east", "wset"] });
  assert.deepEqual([missing.worked, missing.connected, missing.code], [undefined, [], 1]);
  assert.match(missing.stderr, /error FL725: the context "wset" does not exist/);
  assert.match(missing.stderr, /did you mean "west"\?/);

  const broken = await run({ context: "broken" });
  assert.match(broken.stderr, new RegExp(`^${config}:\\d+:\\d+: error FL726: the cluster "three"`));
  assert.doesNotMatch(broken.stderr, new RegExp(token));

  const file = path.join(folder, "rubbish");
  writeFileSync(file, `users:\n- {name: me, user: {token: ${token}\n`);
  const rubbish = await run({ kubeconfig: file });
  assert.match(rubbish.stderr, new RegExp(`^${file}:\\d+:\\d+: error FL721`));
  assert.doesNotMatch(rubbish.stderr, new RegExp(token));

  const none = await run({}, { HOME: folder });
  assert.match(none.stderr, /error FL724: /);
  const timeout = await run({ requestTimeout: "soon" });
  assert.match(timeout.stderr, /error FL765: --request-timeout: "soon" is no duration such as 90s or 5m/);
  assert.deepEqual([missing.code, none.code, timeout.code], [1, 1, 2], "only the last is misuse");
});
