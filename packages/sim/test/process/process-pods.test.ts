import assert from "node:assert/strict";
import { test } from "node:test";
import { get } from "@fairlead/apimachinery";
import { podWith, scriptedNode } from "./scripted-node.ts";

const app = { name: "app", image: "app:1" };
const reason = (status: unknown): unknown => get(get(get(status, "state"), "waiting"), "reason");
const exitCode = (status: unknown): unknown => get(get(get(status, "state"), "terminated"), "exitCode");
const isRunning = (status: unknown): boolean => get(get(status, "state"), "running") !== undefined;

test("runs init containers and sidecars in order, then the others at once", async (t) => {
  const node = await scriptedNode(t);
  await node.create(
    podWith(
      { migrate: "migrate up", proxy: "proxy", seed: "seed", app: "app", helper: "helper" },
      {
        initContainers: [
          { name: "migrate", image: "a" },
          { name: "proxy", image: "b", restartPolicy: "Always" },
          { name: "seed", image: "c" },
        ],
        containers: [app, { name: "helper", image: "d" }],
      },
    ),
  );
  assert.deepEqual(node.trace, ["0 start migrate"]);
  assert.equal(reason(node.status("app")), "PodInitializing");
  assert.equal(get(node.pod()?.["status"], "phase"), "Pending");
  await node.advance(2);
  node.process("migrate").end(0);
  await node.advance(0);
  assert.deepEqual(node.trace.slice(1), ["2 start proxy", "2 start seed"]);
  assert.equal(node.condition("Initialized"), "False");
  node.process("seed").end(0);
  await node.advance(0);
  assert.deepEqual(node.trace.slice(3), ["2 start app", "2 start helper"]);
  assert.deepEqual([node.condition("Initialized"), node.condition("Ready")], ["True", "True"]);
  assert.equal(get(node.pod()?.["status"], "podIP"), "127.64.0.1");
});

test("does an init container again that failed, and fails the pod that must not", async (t) => {
  const node = await scriptedNode(t);
  const init = { initContainers: [{ name: "migrate", image: "a" }], containers: [app] };
  await node.create(podWith({ migrate: "migrate", app: "app" }, init));
  node.process("migrate").end(1);
  await node.advance(0);
  assert.deepEqual(node.trace, ["0 start migrate", "0 start migrate"]);
  await node.create(podWith({ migrate: "never", app: "app" }, { ...init, restartPolicy: "Never" }, "job"));
  node.process("never").end(1);
  await node.advance(0);
  assert.equal(get(node.pod("job")?.["status"], "phase"), "Failed");
  assert.equal(node.trace.includes("0 start app"), false);
});

test("restarts at once, then after 10, 20 and 40 seconds, and says so meanwhile", async (t) => {
  const node = await scriptedNode(t);
  await node.create(podWith("app", { containers: [app] }));
  for (let round = 0; round < 5; round++) {
    node.process("app").end(2);
    await node.advance(round === 0 ? 0 : 10 * 2 ** (round - 1) - 1);
    if (round > 0) {
      assert.equal(reason(node.status("app")), "CrashLoopBackOff");
      assert.equal(get(get(get(node.status("app"), "lastState"), "terminated"), "exitCode"), 2);
      await node.advance(1);
    }
    assert.equal(get(node.status("app"), "restartCount"), round + 1);
    assert.ok(isRunning(node.status("app")));
  }
  assert.deepEqual(
    node.trace,
    ["0", "0", "10", "30", "70", "150"].map((at) => `${at} start app`),
  );
  const events = node.simulation.api.list("events");
  assert.ok(events.some((one) => get(one, "reason") === "BackOff"));
});

test("forgets the back-off of a container that ran for ten minutes", async (t) => {
  const node = await scriptedNode(t);
  await node.create(podWith("app", { containers: [app] }));
  for (let round = 0; round < 3; round++) {
    node.process("app").end(1);
    await node.advance(10 * round);
  }
  await node.advance(700);
  const before = node.trace.length;
  node.process("app").end(1);
  await node.advance(9);
  assert.equal(node.trace.length, before);
  await node.advance(1);
  assert.equal(node.trace.length, before + 1);
});

test("ends a pod by its restart policy", async (t) => {
  const node = await scriptedNode(t);
  const pods = [
    ["Never", 0, "Succeeded"],
    ["Never", 3, "Failed"],
    ["OnFailure", 0, "Succeeded"],
    ["OnFailure", 3, "Running"],
    ["Always", 0, "Running"],
  ] as const;
  for (const [index, [restartPolicy, code, phase]] of pods.entries()) {
    const name = `pod-${index}`;
    await node.create(podWith(name, { restartPolicy, containers: [app] }, name));
    node.process(name).end(code);
    await node.advance(0);
    assert.equal(get(node.pod(name)?.["status"], "phase"), phase, `${restartPolicy} after ${code}`);
    if (phase !== "Running") assert.equal(exitCode(node.status("app", name)), code);
  }
});

test("is ready after as many answers as the thresholds want, asked once a period", async (t) => {
  const node = await scriptedNode(t);
  let isUp = false;
  node.answer = () => ({ success: isUp, output: "HTTP probe failed with statuscode: 503" });
  const readinessProbe = {
    httpGet: { path: "/ready", port: 8080 },
    initialDelaySeconds: 2,
    periodSeconds: 5,
    successThreshold: 2,
    failureThreshold: 2,
  };
  await node.create(podWith("app", { containers: [{ ...app, readinessProbe }] }));
  await node.advance(3);
  isUp = true;
  assert.equal(node.condition("Ready"), "False");
  await node.advance(5);
  assert.equal(node.condition("Ready"), "False");
  await node.advance(5);
  assert.equal(node.condition("Ready"), "True");
  isUp = false;
  await node.advance(5);
  assert.equal(node.condition("Ready"), "True");
  await node.advance(5);
  assert.equal(node.condition("Ready"), "False");
  const asked = node.trace.filter((line) => line.includes("ask")).map((line) => line.split(" ")[0]);
  assert.deepEqual(asked, ["2", "7", "12", "17", "22"]);
  assert.equal(get(node.status("app"), "restartCount"), 0);
});

test("asks nothing else until the startup probe has succeeded, and restarts what does not live", async (t) => {
  const node = await scriptedNode(t);
  const up = new Set<string>();
  node.answer = ({ exec }) => ({ success: up.has(exec?.command?.[0] ?? ""), output: "no" });
  const probe = (command: string, more = {}) => ({ exec: { command: [command] }, periodSeconds: 1, ...more });
  const container = {
    ...app,
    startupProbe: probe("started", { failureThreshold: 5 }),
    livenessProbe: probe("alive", { failureThreshold: 2, terminationGracePeriodSeconds: 4 }),
    readinessProbe: probe("ready"),
  };
  await node.create(podWith("app", { containers: [container] }));
  await node.advance(2);
  assert.equal(get(node.status("app"), "started"), false);
  assert.equal(
    node.trace.some((line) => line.includes("alive") || line.includes("ready")),
    false,
  );
  for (const one of ["started", "alive", "ready"]) up.add(one);
  await node.advance(2);
  assert.deepEqual([get(node.status("app"), "started"), node.condition("Ready")], [true, "True"]);
  const startups = (): number => node.trace.filter((line) => line.includes("started")).length;
  const before = startups();
  node.onSignal = () => {};
  up.delete("alive");
  await node.advance(2);
  assert.equal(startups(), before);
  assert.equal(node.trace.at(-1), "6 SIGTERM app");
  assert.equal(node.condition("Ready"), "False");
  await node.advance(4);
  assert.ok(node.trace.includes("10 SIGKILL app"));
  assert.equal(get(node.status("app"), "restartCount"), 1);
  assert.equal(get(get(get(node.status("app"), "lastState"), "terminated"), "exitCode"), 137);
});

test("runs preStop, then SIGTERM, then SIGKILL when the grace is over; sidecars go last", async (t) => {
  const node = await scriptedNode(t);
  node.onSignal = (process, _signal, word) => {
    if (word === "proxy") process.end(0);
  };
  let hookDone: () => void = () => {};
  node.answer = () => new Promise((resolve) => (hookDone = () => resolve({ success: true, output: "" })));
  const lifecycle = { preStop: { exec: { command: ["drain"] } } };
  await node.create(
    podWith(
      { proxy: "proxy", app: "app" },
      {
        terminationGracePeriodSeconds: 10,
        initContainers: [{ name: "proxy", image: "p", restartPolicy: "Always" }],
        containers: [{ ...app, lifecycle }],
      },
    ),
  );
  await node.simulation.api.delete("pods", { namespace: "default", name: "web" });
  await node.advance(3);
  assert.deepEqual(node.trace.slice(2), ['0 ask exec {"command":["drain"]}']);
  hookDone();
  await node.advance(0);
  assert.equal(node.trace.at(-1), "3 SIGTERM app");
  await node.advance(6);
  assert.equal(node.trace.at(-1), "3 SIGTERM app");
  await node.advance(1);
  assert.deepEqual(node.trace.slice(-2), ["10 SIGKILL app", "10 SIGTERM proxy"]);
  assert.equal(node.pod(), undefined);
  assert.ok(node.processes.every(({ ended }) => ended));
});

test("waits for a ConfigMap that a variable needs, and starts as soon as it is there", async (t) => {
  const node = await scriptedNode(t);
  const env = [{ name: "MODE", valueFrom: { configMapKeyRef: { name: "settings", key: "mode" } } }];
  await node.create(podWith("app", { containers: [{ ...app, env }] }));
  assert.equal(reason(node.status("app")), "CreateContainerConfigError");
  assert.equal(get(get(get(node.status("app"), "state"), "waiting"), "message"), 'configmap "settings" not found');
  const settings = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: "default" } };
  await node.simulation.api.create("configmaps", { ...settings, data: { mode: "fast" } });
  await node.advance(10);
  assert.equal(node.process("app").request.env["MODE"], "fast");
  assert.equal(get(node.status("app"), "restartCount"), 0);
});

test("counts a program that cannot be started as one that ended with 128", async (t) => {
  const node = await scriptedNode(t);
  node.refuse = () => 'exec: "app": executable file not found in $PATH';
  await node.create(podWith("app", { containers: [app], restartPolicy: "Never" }));
  assert.equal(exitCode(node.status("app")), 128);
  assert.equal(get(get(get(node.status("app"), "state"), "terminated"), "reason"), "StartError");
  assert.equal(get(node.pod()?.["status"], "phase"), "Failed");
});

test("fails a pod when its active deadline is over", async (t) => {
  const node = await scriptedNode(t);
  await node.create(podWith("app", { containers: [app], activeDeadlineSeconds: 5 }));
  await node.advance(4);
  assert.equal(get(node.pod()?.["status"], "phase"), "Running");
  await node.advance(1);
  assert.equal(node.trace.at(-1), "5 SIGTERM app");
  assert.equal(get(node.pod()?.["status"], "phase"), "Failed");
  assert.equal(get(node.pod()?.["status"], "reason"), "DeadlineExceeded");
});

test("refuses an annotation that makes no sense, and lets the pod go", async (t) => {
  const node = await scriptedNode(t);
  await node.create(podWith({ nobody: "app" }, { containers: [app] }));
  assert.equal(reason(node.status("app")), "CreateContainerConfigError");
  assert.match(String(get(get(get(node.status("app"), "state"), "waiting"), "message")), /no container "nobody"/);
  await node.simulation.api.delete("pods", { namespace: "default", name: "web" });
  await node.advance(0);
  assert.equal(node.pod(), undefined);
});

test("lets containers without a command seem to run beside those that have one", async (t) => {
  const node = await scriptedNode(t);
  await node.create(
    podWith(
      { app: "app" },
      { initContainers: [{ name: "prepare", image: "i" }], containers: [app, { name: "istio-proxy", image: "p" }] },
    ),
  );
  assert.deepEqual(node.trace, ["0 start app"]);
  assert.deepEqual([exitCode(node.status("prepare")), isRunning(node.status("istio-proxy"))], [0, true]);
  assert.equal(node.condition("Ready"), "True");
  await node.simulation.api.delete("pods", { namespace: "default", name: "web" });
  await node.advance(0);
  assert.equal(node.pod(), undefined);
});

test("waits for postStart before it asks probes, and kills a container whose hook failed", async (t) => {
  const node = await scriptedNode(t);
  let fails = false;
  let done: () => void = () => {};
  node.answer = ({ exec }) =>
    exec?.command?.[0] !== "hook"
      ? { success: true, output: "" }
      : new Promise((resolve) => (done = () => resolve({ success: !fails, output: "hook failed" })));
  const container = {
    ...app,
    lifecycle: { postStart: { exec: { command: ["hook"] } } },
    readinessProbe: { exec: { command: ["ready"] }, periodSeconds: 1 },
  };
  await node.create(podWith("app", { containers: [container] }));
  await node.advance(3);
  assert.equal(
    node.trace.some((line) => line.includes("ready")),
    false,
  );
  done();
  await node.advance(1);
  assert.equal(node.condition("Ready"), "True");
  fails = true;
  node.process("app").end(1);
  await node.advance(0);
  done();
  await node.advance(0);
  assert.ok(node.trace.includes("4 SIGKILL app"));
});
