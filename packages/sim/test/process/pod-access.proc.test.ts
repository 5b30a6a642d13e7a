import assert from "node:assert/strict";
import { request } from "node:https";
import { connect } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { attachTo, execIn, isKubeError, logsOf, portForward, type LogOptions } from "@fairlead/kube";
import { isReady, processCluster, processPod, type ProcessCluster, until } from "./process-cluster.ts";

const key = { namespace: "default", name: "web" };

async function logs({ client }: ProcessCluster, options: LogOptions = {}, pod = key): Promise<string> {
  return await textOf(await logsOf(client, pod, options));
}

/** What the server says instead. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (isKubeError(error)) return error.message;
    throw error;
  }
  return "nothing";
}

const lines = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index}\n`).join("");
const shell = (script: string): string[] => ["sh", "-c", script];

test("shows what a container has said, as much as is asked for", async (t) => {
  const plane = await processCluster(t);
  await plane.create(
    "pods",
    processPod("web", shell("for i in 0 1 2 3 4; do echo line $i; done; printf end; sleep 1000")),
  );
  await until(() => isReady(plane.pod("web")), "it runs");
  let all = "";
  while (!all.includes("line 4")) all = await logs(plane);
  assert.equal(all, lines(5));
  assert.equal(await logs(plane, { tailLines: 2 }), "line 3\nline 4\n");
  assert.equal(await logs(plane, { tailLines: 0 }), "");
  assert.equal(await logs(plane, { limitBytes: 9 }), "line 0\nli");
  assert.equal(await logs(plane, { sinceTime: "2100-01-01T00:00:00Z" }), "");
  assert.equal(await logs(plane, { sinceSeconds: 3600, container: "app" }), lines(5));
  assert.match(
    await logs(plane, { timestamps: true, tailLines: 1 }),
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z line 4\n$/,
  );
  const refusals: [LogOptions, RegExp][] = [
    [{ previous: true }, /previous terminated container "app" in pod "web" not found/],
    [{ container: "nobody" }, /container nobody is not valid for pod web/],
    [{ tailLines: -1 }, /tailLines: Invalid value: -1: must be greater than or equal to 0/],
    [{ limitBytes: 0 }, /limitBytes: Invalid value: 0: must be greater than 0/],
    [{ sinceSeconds: 1, sinceTime: "2026-01-01T00:00:00Z" }, /at most one of `sinceTime` or `sinceSeconds`/],
  ];
  for (const [options, message] of refusals) assert.match(await refusal(logs(plane, options)), message);
  assert.match(await refusal(logs(plane, {}, { ...key, name: "nobody" })), /pods "nobody" not found/);
});

test("follows a container to its end, and keeps the run before", async (t) => {
  const plane = await processCluster(t);
  const script = 'echo first; while [ ! -e "$FAIRLEAD_ROOT/tmp/go" ]; do sleep 0.02; done; echo last; exit 7';
  await plane.create("pods", processPod("web", shell(script)));
  await until(() => isReady(plane.pod("web")), "it runs");
  const stream = await logsOf(plane.client, key, { follow: true });
  let seen = "";
  stream.on("data", (chunk: Buffer) => (seen += chunk.toString()));
  const ended = new Promise((resolve) => stream.once("end", resolve));
  await until(() => seen === "first\n", "what was said is there");
  const session = await execIn(plane.client, key, { command: shell('echo > "$FAIRLEAD_ROOT/tmp/go"') });
  session.stdout!.resume();
  session.stderr!.resume();
  await session.ended;
  await ended;
  assert.equal(seen, "first\nlast\n");
  const status = (): JsonObject => (get(plane.pod("web")?.["status"], "containerStatuses") as JsonObject[])[0]!;
  // The second run finds the file of the first, as a restarted container finds its volumes.
  await until(
    () => Number(status()["restartCount"]) >= 1 && get(get(status()["state"], "waiting"), "reason") !== undefined,
    "it ended again",
  );
  assert.equal(await logs(plane, { previous: true }), "first\nlast\n");
});

test("runs commands in the folder and the environment of a container", async (t) => {
  const plane = await processCluster(t);
  const env = [{ name: "COLOUR", value: "blue $(POD_IP)" }];
  await plane.create("pods", processPod("web", shell("sleep 1000"), { env }));
  await until(() => isReady(plane.pod("web")), "it runs");
  const ip = String(get(plane.pod("web")?.["status"], "podIP"));
  const session = await execIn(plane.client, key, { command: shell('echo "$COLOUR"; ls; echo oh >&2; exit 5') });
  const [out, error] = await Promise.all([textOf(session.stdout!), textOf(session.stderr!)]);
  assert.match(out, new RegExp(`^blue ${ip}\n(.*\n)*web-server.ts\n$`));
  assert.deepEqual([error, (await session.ended).exitCode], ["oh\n", 5]);
  const echo = await execIn(plane.client, key, { command: ["cat"], stdin: true, tty: true });
  echo.stdin!.end("typed");
  assert.equal(await textOf(echo.stdout!), "typed");
  assert.equal((await echo.ended).exitCode, 0);
  const large = await execIn(plane.client, key, {
    command: ["node", "-e", "process.stdout.write('x'.repeat(5e6))"],
    stderr: false,
  });
  assert.equal((await textOf(large.stdout!)).length, 5e6);
  assert.match(
    await refusal(execIn(plane.client, key, { command: ["ls"], container: "nobody" })),
    /container nobody is not valid/,
  );
});

test("attaches to what a container says and hears", async (t) => {
  const plane = await processCluster(t);
  await plane.create("pods", processPod("web", "node talker.ts", { stdin: true }, { restartPolicy: "Never" }));
  await until(() => isReady(plane.pod("web")), "it runs");
  while (!(await logs(plane)).includes("oh"));
  const session = await attachTo(plane.client, key, { stdin: true });
  const out = textOf(session.stdout!);
  session.stderr!.resume();
  session.stdin!.write("you\n");
  while (!(await logs(plane)).includes("heard you"));
  session.stdin!.write("bye\n");
  assert.equal((await session.ended).exitCode, 4);
  assert.equal(await out, "heard you\nheard bye\n");
});

test("forwards ports to the pod's address", async (t) => {
  const plane = await processCluster(t, { firstPort: 1024 });
  const readinessProbe = { tcpSocket: { port: 80 }, periodSeconds: 1 };
  await plane.create("pods", processPod("web", "node web-server.ts 80", { readinessProbe }));
  await until(() => isReady(plane.pod("web")), "it runs");
  const errors: string[] = [];
  const forward = await portForward(plane.client, key, {
    ports: [{ remote: 80 }, { remote: 81 }],
    onError: (error) => errors.push(error.message),
    lingerMs: 50,
  });
  t.after(() => forward.close());
  const answer = await fetch(`http://127.0.0.1:${forward.local[0]}/`, { headers: { connection: "close" } });
  assert.equal(((await answer.json()) as { address: string }).address, get(plane.pod("web")?.["status"], "podIP"));
  connect(forward.local[1]!, "127.0.0.1").on("error", () => undefined);
  await until(() => errors.length === 1, "nobody listens there");
  assert.match(errors[0]!, /connection refused/);
});

test("passes requests on to a pod, and to one of a Service's", async (t) => {
  const plane = await processCluster(t);
  const ports = [{ name: "http", containerPort: 8080 }];
  const readinessProbe = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 1 };
  const web = processPod("web", "node web-server.ts 8080", { ports, readinessProbe });
  const labels = { app: "web" };
  await plane.create("pods", { ...web, metadata: { ...(web["metadata"] as JsonObject), labels } });
  const service = { selector: labels, ports: [{ name: "web", port: 80, targetPort: "http" }] };
  await plane.create("services", { metadata: { name: "front", namespace: "default" }, spec: service });
  await until(() => isReady(plane.pod("web")), "it runs");
  const { cluster } = plane;
  await until(
    () => cluster.api.get("endpoints", { namespace: "default", name: "front" })?.["subsets"] !== undefined,
    "the Service has endpoints",
  );
  const ask = (path: string, method = "GET"): Promise<{ status: number; location: string | undefined; text: string }> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${cluster.token}` };
      request(`${cluster.url}/api/v1${path}`, { method, headers, ca: cluster.certificate, agent: false }, (answer) => {
        void textOf(answer).then((text) =>
          resolve({ status: answer.statusCode!, location: answer.headers.location, text }),
        );
      })
        .on("error", reject)
        .end();
    });
  for (const place of ["pods/web", "pods/http:web:8080", "services/front:web", "services/http:front:80"]) {
    const { status, text } = await ask(`/namespaces/default/${place}/proxy/some/path?a=b`, "POST");
    assert.equal(status, 200, place);
    assert.equal((JSON.parse(text) as { port: number }).port, 8080, place);
  }
  await until(() => plane.pod("web") !== undefined, "it is there");
  assert.match(await logs(plane), /POST \/some\/path/);
  const moved = await ask("/namespaces/default/pods/web/proxy?a=b");
  assert.deepEqual([moved.status, moved.location], [301, "/api/v1/namespaces/default/pods/web/proxy/?a=b"]);
  assert.equal((await ask("/namespaces/default/pods/web/proxy/break")).status, 200);
  assert.equal((await ask("/namespaces/default/pods/web/proxy/healthz")).status, 503);
  const refusals: [string, number, RegExp][] = [
    ["/namespaces/default/pods/web:1/proxy/", 503, /error trying to reach service: .*connection refused/],
    ["/namespaces/default/pods/ftp:web:1/proxy/", 400, /invalid pod request \\"ftp:web:1\\"/],
    ["/namespaces/default/services/front/proxy/", 503, /no endpoints available for service \\"front\\"/],
    ["/namespaces/default/services/front:9/proxy/", 503, /no service port 9 found for service \\"front\\"/],
    ["/nodes/node-1/proxy/metrics", 501, /has no kubelet that listens/],
  ];
  for (const [path, status, message] of refusals) {
    const answer = await ask(path);
    assert.equal(answer.status, status, path);
    assert.match(answer.text, message);
  }
});

test("says that nothing runs in a simulated pod", async (t) => {
  const plane = await processCluster(t);
  const { annotations: _none, ...metadata } = processPod("web", "")["metadata"] as JsonObject;
  await plane.create("pods", { ...processPod("web", ""), metadata });
  await until(() => isReady(plane.pod("web")), "it seems to run");
  assert.equal(await logs(plane), "");
  assert.match(await refusal(execIn(plane.client, key, { command: ["ls"] })), /pod "web" is simulated/);
});
