/** The programs that the README of @fairlead/kube shows do what it says. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { after, before, test } from "node:test";
import { accessOf, createClient, waitFor, type Resource } from "@fairlead/kube";
import { readAccess } from "../../scripts/real/access.ts";

const { plane } = readAccess();
const client = createClient(accessOf({ name: "real", server: plane.url, ca: plane.certificate, token: plane.token }));
const pods: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };
const key = { namespace: "default", name: `kube-example-${process.pid}` };

before(async () => {
  const spec = { containers: [{ name: "web", image: "registry.example/web:1" }] };
  await client.create(pods, { apiVersion: "v1", kind: "Pod", metadata: key, spec });
  const target = { apiVersion: "v1", kind: "Pod", ...key };
  assert.ok((await waitFor(client, [target], { condition: "ready", deadlineMs: 60_000 })).ok);
});

after(async () => {
  await client.delete(pods, key);
  await client.close();
});

/** What a program prints, and its exit code; it is asked to end once it has printed `enough`. */
function run(
  name: string,
  args: readonly string[] = [],
  enough?: RegExp,
): Promise<{ code: number | null; text: string }> {
  const file = path.join(import.meta.dirname, "../../examples/kube", name);
  const flags = ["--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning"];
  const env = { ...process.env, KUBECONFIG: plane.kubeconfig };
  const child = spawn(process.execPath, [...flags, file, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let asked = false; // once: the second signal would end the program instead of asking it
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (asked || enough?.test(text) !== true) return;
      asked = true;
      child.kill("SIGTERM");
    });
  }
  const { promise, resolve } = Promise.withResolvers<{ code: number | null; text: string }>();
  child.on("close", (code) => resolve({ code, text }));
  return promise;
}

test("reads, writes and watches", async () => {
  const { code, text } = await run("client.ts");
  assert.equal(code, 0, text);
  assert.match(text, /^\{ level: 'debug' \}\n\d+\n$/);
});

test("is a controller that leads, looks at keys, and ends when it is told to", async () => {
  const { code, text } = await run("controller.ts", [], /\bdefault is there\n/);
  assert.equal(code, 0, text);
  assert.match(text, /^\d+ \S+ is there$/m);
});

test("applies a set, writes nothing the second time, and deletes it", async () => {
  const { code, text } = await run("apply-set.ts");
  assert.equal(code, 0, text);
  assert.match(text, /^true 2 0$/m);
});

test("runs a command, follows a log and forwards a port", async () => {
  const { code, text } = await run("streams.ts", [key.name]);
  assert.equal(code, 0, text);
  assert.match(text, /^hello\n0\n\S+ started\nhttp:\/\/127\.0\.0\.1:\d+\n$/);
});
