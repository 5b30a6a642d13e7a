/** `fairlead sidecars status --watch`, on a status that somebody else writes. */
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { createClient, KubeError, type Client } from "@fairlead/kube";
import { writeKubeconfig } from "@fairlead/sim";
import type { CliContext } from "../../src/cli/context.ts";
import { statusText } from "../../src/run/sidecars/status-text.ts";
import type { CliResult } from "../support/cli.ts";
import { startEmbedded, type Embedded } from "../support/embedded.ts";

const place = { namespace: "fairlead-sidecars", name: "fairlead-sidecars" };

let fleet: Embedded;

before(async () => {
  fleet = await startEmbedded({ east: { seed: 3, controllers: false } }, { crds: false });
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: place.namespace } };
  await fleet.member("east").cluster.api.create("namespaces", namespace);
});
after(() => fleet?.stop());

/** The status of a run of ten workloads. */
function statusOf(done: number): string {
  const progress = { total: 10, done, underWay: 0, waiting: 10 - done, failed: 0, reported: 0 };
  return statusText({
    instance: "one",
    progress: { ...progress, paused: "", wave: "rest", startedAt: undefined, eta: undefined },
    clusters: [],
    injectors: [],
    rows: [],
  });
}

/** Leaves the ConfigMap with this and nothing else. */
async function write(data: JsonObject): Promise<void> {
  const { api } = fleet.member("east").cluster;
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { ...place }, data };
  if (api.get("configmaps", place) === undefined) await api.create("configmaps", object);
  else await api.update("configmaps", object);
}

interface Watched {
  /** Resolves when so much was written to stdout. */
  readonly later: (pattern: RegExp) => Promise<void>;
  readonly interrupt: () => void;
}

/** Watches while `during` does its work; resolves with how it ended by itself, or by an interruption. */
async function watching(
  during: (watched: Watched) => Promise<void>,
  args: readonly string[] = [],
  context: Partial<CliContext> = {},
): Promise<CliResult> {
  const stop = new AbortController();
  let output = "";
  const looks = new Set<() => void>();
  const running = fleet.run(["sidecars", "status", "--watch", ...args], {
    context: { interrupted: () => stop.signal, ...context },
    onOutput(text) {
      output += text;
      for (const look of looks) look();
    },
  });
  const later = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => (pattern.test(output) ? resolve() : undefined);
      looks.add(look);
      look();
      void running.then(() => reject(new Error(`it ended before ${String(pattern)}:\n${output}`)));
    });
  const tooLate = setTimeout(() => stop.abort(), 30_000);
  try {
    await during({ later, interrupt: () => stop.abort() });
    return await running;
  } finally {
    clearTimeout(tooLate);
    stop.abort();
  }
}

test("the status is shown anew when it has changed, and only then, until it is interrupted", async () => {
  await write({ status: statusOf(1) });
  const { code, stdout, stderr } = await watching(async ({ later, interrupt }) => {
    await later(/1 of 10 done/);
    await write({ status: statusOf(1), journal: "{}" });
    await write({ status: statusOf(2) });
    await later(/2 of 10 done/);
    await write({ status: statusOf(3), journal: "{}" });
    await later(/3 of 10 done/);
    interrupt();
  });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(
    stdout.match(/\d of 10 done.*/g),
    [1, 2, 3].map((done) => `${done} of 10 done, ${10 - done} waiting; wave rest`),
  );
});

test("as JSON each status is a line", async () => {
  await write({ status: statusOf(4) });
  const { stdout } = await watching(
    async ({ later, interrupt }) => {
      await later(/"done":4/);
      await write({ status: statusOf(5) });
      await later(/"done":5/);
      interrupt();
    },
    ["-o", "json"],
  );
  const lines = stdout.trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { progress: JsonObject }).progress["done"]),
    [4, 5],
  );
});

const ends: readonly (readonly [title: string, end: () => Promise<void>])[] = [
  ["is deleted", () => fleet.member("east").cluster.api.delete("configmaps", place)],
  ["holds no status any more", () => write({ journal: "{}" })],
  ["holds a status of another version", () => write({ status: '{"version":2}' })],
];
for (const [title, end] of ends) {
  test(`it ends when the ConfigMap ${title}, and says so`, async () => {
    await write({ status: statusOf(6) });
    const { code, stdout, stderr } = await watching(async ({ later }) => {
      await later(/6 of 10 done/);
      await end();
    });
    assert.equal(code, 1);
    assert.match(stdout, /^6 of 10 done[^\n]*\n$/);
    assert.match(
      stderr,
      /^error FL892: there is no status in the ConfigMap fairlead-sidecars\/fairlead-sidecars of east\n/,
    );
  });
}

const forbidden = new KubeError("forbidden", "configmaps is forbidden: nobody may do that");

test("it ends with what the API server says when the status may no longer be read", async () => {
  await write({ status: statusOf(7) });
  let isForbidden = false;
  const connect = (...[access, options]: Parameters<typeof createClient>): Client => {
    const client = createClient(access, options);
    return { ...client, find: (...asked) => (isForbidden ? Promise.reject(forbidden) : client.find(...asked)) };
  };
  const change = async ({ later }: Watched): Promise<void> => {
    await later(/7 of 10 done/);
    isForbidden = true;
    await write({ status: statusOf(8) });
  };
  const { code, stderr } = await watching(change, [], { connect });
  assert.equal(code, 1);
  assert.match(stderr, /^error FL\d+: .*nobody may do that/);
});

test("it ends with what the API server says to somebody who may read the status, but not watch it", async () => {
  await write({ status: statusOf(9) });
  const kubeconfig = await kubeconfigOf("reader", ["get"]);
  const { code, stdout, stderr } = await watching(() => Promise.resolve(), ["--kubeconfig", kubeconfig]);
  assert.deepEqual([code, stdout], [1, "9 of 10 done, 1 waiting; wave rest\n"]);
  assert.match(stderr, /^error FL\d+: .*configmaps.* is forbidden.*cannot (list|watch)/);
});

/** Of a ServiceAccount that may do this with ConfigMaps, and nothing else. */
async function kubeconfigOf(name: string, verbs: readonly string[]): Promise<string> {
  const { api, url, certificate } = fleet.member("east").cluster;
  const { namespace } = place;
  const metadata = { name, namespace };
  const group = "rbac.authorization.k8s.io";
  const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: [...verbs] }];
  const subjects = [{ kind: "ServiceAccount", ...metadata }];
  const roleRef = { apiGroup: group, kind: "Role", name };
  await api.create("serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata });
  await api.create(`roles.${group}`, { apiVersion: `${group}/v1`, kind: "Role", metadata, rules });
  await api.create(`rolebindings.${group}`, {
    apiVersion: `${group}/v1`,
    kind: "RoleBinding",
    metadata,
    subjects,
    roleRef,
  });
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } };
  const answer = await api.createSubresource("serviceaccounts", { namespace, name }, "token", request);
  const token = textOf(get(answer["status"], "token"));
  const file = path.join(fleet.folder, `kubeconfig-${name}`);
  writeKubeconfig(file, [{ name: "east", url, certificate, credentials: { kind: "token", token } }]);
  return file;
}
