/** Commands in pods and ports of pods, through an embedded cluster whose pods are processes of this machine. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { get } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { isKubeError } from "../../src/errors.ts";
import type { Resource } from "../../src/resource.ts";
import { execIn } from "../../src/streams/exec.ts";
import { portForward } from "../../src/streams/port-forward.ts";
import { startEmbedded, until, type Embedded } from "./embedded.ts";

const pods: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };
const key = { namespace: "default", name: "web" };
const shell = (script: string): string[] => ["sh", "-c", script];

/** A cluster with one pod, `web`, that runs. */
async function withPod(t: TestContext, command: readonly string[]): Promise<Embedded> {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-streams-"));
  const embedded = await startEmbedded(t, { processes: { directory: folder, folder } });
  // After the cluster has ended.
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { cluster, client } = embedded;
  const account = { namespace: "default", name: "default" };
  await until("pods may be created", () => cluster.api.get("serviceaccounts", account) !== undefined);
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...key, annotations: { "fairlead.dev/process": JSON.stringify(command) } },
    spec: { containers: [{ name: "app", image: "example/app:1" }], terminationGracePeriodSeconds: 1 },
  } as unknown as KrmObject;
  await client.create(pods, pod);
  await until("it runs", () => {
    const conditions = get(cluster.api.get("pods", key)?.["status"], "conditions");
    const isReady = (one: unknown): boolean => get(one, "type") === "Ready" && get(one, "status") === "True";
    return Array.isArray(conditions) && conditions.some(isReady);
  });
  return embedded;
}

test("runs commands: what goes in, what comes out, and how they end", async (t) => {
  const { client } = await withPod(t, shell("exec sleep 1000"));
  const session = await execIn(client, key, { command: shell("cat; echo oh >&2; exit 3"), stdin: true });
  session.stdin!.end("hello");
  const [out, err, result] = await Promise.all([text(session.stdout!), text(session.stderr!), session.ended]);
  assert.deepEqual([out, err, result.exitCode], ["hello", "oh\n", 3]);
});

test("says what the server says of pods and containers that are not there", async (t) => {
  const { client } = await withPod(t, shell("exec sleep 1000"));
  const command = ["true"];
  await assert.rejects(execIn(client, { ...key, name: "nobody" }, { command }), (error) => {
    return isKubeError(error) && /pods "nobody" not found/.test(error.message);
  });
  await assert.rejects(execIn(client, key, { command, container: "none" }), (error) => {
    return isKubeError(error) && /container none is not valid for pod web/.test(error.message);
  });
});

test("a command that its caller gives up ends", async (t) => {
  const { client } = await withPod(t, shell("exec sleep 1000"));
  const stop = new AbortController();
  const command = shell("exec sleep 1000");
  const session = await execIn(client, key, { command, signal: stop.signal, stderr: false });
  session.stdout!.on("error", () => undefined).resume();
  stop.abort();
  await assert.rejects(session.ended, (error) => isKubeError(error) && error.code === "aborted");
});

test("forwards what comes in to the pod's port, and says where nobody listens", async (t) => {
  const serve = `require("http").createServer((request, response) => response.end("from " + request.url)).listen(8080)`;
  const { client } = await withPod(t, [process.execPath, "-e", serve]);
  const errors: string[] = [];
  const forward = await portForward(client, key, {
    ports: [{ remote: 8080 }, { remote: 81 }],
    onError: (error) => errors.push(error.message),
    lingerMs: 50,
  });
  t.after(() => forward.close());
  let answer = "";
  await until("the program to listen", async () => {
    const response = await fetch(`http://127.0.0.1:${forward.local[0]!}/x`, { headers: { connection: "close" } }).catch(
      () => undefined,
    );
    answer = (await response?.text()) ?? "";
    return answer !== "";
  });
  assert.equal(answer, "from /x");
  await fetch(`http://127.0.0.1:${forward.local[1]!}/`).catch(() => undefined);
  await until("the error", () => errors.some((one) => /connection refused/.test(one)));
});
