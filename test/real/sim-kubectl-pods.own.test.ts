/** Real kubectl and what runs in process pods of the embedded cluster: logs, commands, terminals, files and ports. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { createCluster, type Cluster } from "../../packages/sim/src/cluster/create-cluster.ts";
import { ensureTool } from "../../scripts/real/ensure-tool.ts";
import { until } from "../../scripts/real/until.ts";
import { createShell } from "./kubectl/compare.ts";

const directory = path.join(import.meta.dirname, "..", "..", "packages", "sim", "test", "process", "fixtures");
const errors: unknown[] = [];
const versions = ["1.36", "1.32"] as const;
const programs = new Map<string, string>();
let folder: string;
let cluster: Cluster;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "sim-kubectl-pods-"));
  for (const version of versions) programs.set(version, await ensureTool("kubectl", { kubernetes: version }));
  cluster = await createCluster({ processes: { directory, folder }, onError: (error) => errors.push(error) });
  const account = { namespace: "default", name: "default" };
  await until("pods may be created", () => cluster.api.get("serviceaccounts", account) !== undefined);
});

after(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function pod(name: string, command: readonly string[], container: JsonObject = {}): JsonObject {
  const annotations = { "fairlead.dev/process": JSON.stringify(command) };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels: { app: name }, annotations },
    spec: { terminationGracePeriodSeconds: 5, containers: [{ name: "app", image: `${name}:1`, ...container }] },
  };
}

for (const version of versions) {
  const named = (what: string): string => `${what}: kubectl ${version}`;
  const end = version.replace(".", "-");
  const [web, talker] = [`web-${end}`, `talker-${end}`];
  let shell: ReturnType<typeof createShell>;

  /** What a script prints; `status: 0` is its last line when it succeeds. */
  async function run(script: string): Promise<string> {
    return (await shell.run(script)).text;
  }

  test(named("waits for processes, and reads their logs"), async () => {
    shell = createShell(path.join(folder, end), programs.get(version)!, cluster, "default");
    const env = [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }];
    const readinessProbe = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 1 };
    const ports = [{ name: "http", containerPort: 8080 }];
    await cluster.api.create("pods", pod(web, ["node", "web-server.ts", "8080"], { env, ports, readinessProbe }));
    await cluster.api.create("pods", pod(talker, ["node", "talker.ts"], { stdin: true }));
    await cluster.api.create("services", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: web, namespace: "default" },
      spec: { selector: { app: web }, ports: [{ port: 80, targetPort: "http" }] },
    });
    assert.match(await run(`kubectl wait --for=condition=Ready pod/${web} pod/${talker} --timeout=50s`), /status: 0$/);
    assert.equal(await run(`kubectl logs ${web}`), "listening\n\nstatus: 0");
    assert.match(await run(`kubectl logs ${web} -c app --timestamps --tail=1`), /^\d{4}-\S+Z listening\n/);
    assert.equal(await run(`kubectl logs -l app=${web} --prefix`), `[pod/${web}/app] listening\n\nstatus: 0`);
    assert.equal(await run(`kubectl logs ${web} --limit-bytes=4`), "list\nstatus: 0");
    assert.match(await run(`kubectl logs ${web} --previous`), /previous terminated container "app" .* not found/);
    assert.match(await run(`kubectl logs ${web} -c nothing`), /container nothing is not valid for pod/);
  });

  test(named("runs commands, with their input, their output and how they end"), async () => {
    assert.equal(await run(`kubectl exec ${web} -- printenv POD_NAME`), `${web}\n\nstatus: 0`);
    assert.equal(await run(`echo in | kubectl exec -i ${web} -c app -- tr a-z A-Z`), "IN\n\nstatus: 0");
    const failing = await run(`kubectl exec ${web} -- sh -c 'echo out; echo err >&2; exit 3'`);
    assert.equal(failing, "out\n\nstderr: err\ncommand terminated with exit code 3\n\nstatus: 3");
    assert.match(await run(`kubectl exec service/${web} -- printenv POD_NAME`), new RegExp(`^${web}\n`));
    assert.match(await run(`kubectl exec ${web} -c nothing -- true`), /container nothing is not valid for pod/);
    assert.match(await run("kubectl exec nothing -- true"), /pods "nothing" not found/);
  });

  test(named("copies files into pods and out of them"), async () => {
    const inside = path.join(folder, `inside-${end}`);
    const script = `seq 100000 > numbers && kubectl cp numbers ${web}:${inside} && kubectl cp ${web}:${inside} back && cmp numbers back`;
    assert.match(await run(script), /status: 0$/);
  });

  test(named("leads ports of pods and of Services here"), async () => {
    for (const target of [`pod/${web} :8080`, `service/${web} :80`]) {
      const answer = await run(
        `mkfifo ports; kubectl port-forward ${target} > ports & exec 3< ports; read -r line <&3; rm ports
         port=$(echo "$line" | sed 's/.*:\\([0-9]*\\) ->.*/\\1/')
         node -e 'fetch("http://127.0.0.1:" + process.argv[1]).then((r) => r.text()).then(console.log)' "$port"; kill $!`,
      );
      assert.match(answer, new RegExp(`"pod":"${web}"`), target);
    }
    assert.equal(await run(`kubectl logs ${web} --tail=2`), "GET /\nGET /\n\nstatus: 0");
  });

  test(named("talks to what runs, and follows its log to the end"), async () => {
    const log = await run(
      `mkfifo log; kubectl logs -f ${talker} > log & exec 3< log; rm log
       read -r line <&3; echo "$line"; read -r line <&3; echo "$line"
       printf 'bye\\n' | kubectl attach -i ${talker} > attached
       cat <&3; sed 's/^/attached: /' attached`,
    );
    assert.match(log, /^(hello\noh|oh\nhello)\nheard bye\n[^]*attached: heard bye\n/);
    const state = `kubectl get pod ${talker} -o jsonpath='{.status.containerStatuses[0].lastState.terminated.exitCode}'`;
    await until("the exit code", async () => (await run(state)).startsWith("4\n"));
    assert.match(await run(`kubectl logs ${talker} --previous`), /heard bye/);
  });

  test(named("runs a program once, and shows what it says"), async () => {
    const annotation = `--annotations='fairlead.dev/process=["sh","-c","cat; exit 2"]'`;
    const once = `printf 'text\\n' | kubectl run once-${end} --image=x --restart=Never -i --rm --quiet ${annotation}`;
    const answer = await run(once);
    assert.match(answer, /^text\n/);
    assert.match(answer, /status: 2$/);
    assert.match(await run(`kubectl delete pods ${web} ${talker} --wait`), /status: 0$/);
    assert.deepEqual(errors, []);
  });
}
