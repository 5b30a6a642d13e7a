/** Real kubectl on an embedded cluster whose pods are processes: from apply to delete, with logs, exec and port-forward. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { createCluster, type Cluster } from "../../packages/sim/src/cluster/create-cluster.ts";
import { writeKubeconfig } from "../../packages/sim/src/serve/kubeconfig.ts";
import { ensureTool } from "../../scripts/real/ensure-tool.ts";
import { execute, type Execution } from "../../scripts/real/execute.ts";

const root = path.join(import.meta.dirname, "../..");
const programs = new Map<string, string>();
let cluster: Cluster;
let folder: string;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "sim-processes-"));
  const directory = path.join(root, "packages/sim/test/process/fixtures");
  cluster = await createCluster({ processes: { directory, folder } });
  const { url, certificate, token } = cluster;
  writeKubeconfig(path.join(folder, "kubeconfig"), [
    { name: "sim", url, certificate, credentials: { kind: "token", token } },
  ]);
  for (const version of ["1.36", "1.30"]) programs.set(version, await ensureTool("kubectl", { kubernetes: version }));
});
after(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

function manifest(name: string): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: 2
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata:
      labels: {app: ${name}}
      annotations: {fairlead.dev/process: node web-server.ts}
    spec:
      containers:
      - name: web
        image: web:1
        ports: [{name: http, containerPort: 8080}]
        env: [{name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
        readinessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 8080, targetPort: http}]}
`;
}

for (const version of ["1.36", "1.30"]) {
  test(`kubectl ${version} works with process pods as with any others`, async (t) => {
    const name = `web-${version.replace(".", "-")}`;
    const program = programs.get(version)!;
    const common = ["--kubeconfig", path.join(folder, "kubeconfig"), "--cache-dir", path.join(folder, "cache")];
    const run = (...parameters: string[]): Promise<Execution> =>
      execute(program, [...common, ...parameters], { timeoutMs: 60_000 });
    const says = async (...parameters: string[]): Promise<string> => {
      const { status, stdout, stderr } = await run(...parameters);
      assert.equal(status, 0, `${parameters.join(" ")}: ${stderr}`);
      return stdout;
    };
    const file = path.join(folder, `${name}.yaml`);
    writeFileSync(file, manifest(name));
    await says("apply", "-f", file);
    assert.match(await says("rollout", "status", `deployment/${name}`, "--timeout=30s"), /successfully rolled out/);
    const [pod = "", second = ""] = (await says("get", "pods", "-l", `app=${name}`, "-o", "name")).trim().split("\n");
    assert.notEqual(second, "");
    const address = cluster.addresses().find(({ service }) => service === name)!;
    const asked = await fetch(`${address.url}/asked`, { headers: { connection: "close" } });
    const answered = (await asked.json()) as { pod: string };
    assert.match(await says("logs", answered.pod), /listening\nGET \/asked\n$/);
    assert.equal(await says("logs", pod, "--tail=0"), "");
    assert.equal(await says("exec", pod, "--", "sh", "-c", "echo $POD_NAME"), `${pod.slice("pod/".length)}\n`);
    assert.match((await run("exec", pod, "-c", "nobody", "--", "ls")).stderr, /container nobody is not valid for pod/);
    assert.match(await says("describe", pod), /Readiness: +http-get http:\/\/:http\/healthz/);

    const follower = spawn(program, [...common, "logs", "-f", pod], { stdio: ["ignore", "pipe", "inherit"] });
    let followed = "";
    follower.stdout.on("data", (chunk: Buffer) => (followed += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => follower.once("exit", resolve));
    const forward = spawn(program, [...common, "port-forward", `service/${name}`, ":8080"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const stopped = new Promise((resolve) => forward.once("exit", resolve));
    t.after(async () => {
      forward.kill();
      follower.kill();
      await Promise.all([ended, stopped]);
    });
    const port = await new Promise<string>((resolve) => {
      let text = "";
      forward.stdout.on("data", (chunk: Buffer) => {
        const match = /127\.0\.0\.1:(\d+) ->/.exec((text += chunk.toString()));
        if (match !== null) resolve(match[1]!);
      });
    });
    const through = await fetch(`http://127.0.0.1:${port}/through`, { headers: { connection: "close" } });
    assert.match(((await through.json()) as { pod: string }).pod, new RegExp(`^${name}-`));

    await says("rollout", "restart", `deployment/${name}`);
    await says("rollout", "status", `deployment/${name}`, "--timeout=30s");
    assert.equal(await ended, 0);
    assert.match(followed, /^listening\n(.*\n)*stopping\n$/);
    await says("delete", "-f", file, "--wait");
    await says("wait", "--for=delete", "pod", "-l", `app=${name}`, "--timeout=30s");
  });
}
