import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { runs } from "../../../../scripts/runs.ts";
import { isReady, processCluster, processesWith, processPod, until } from "./process-cluster.ts";

const wave = 25;

function needsProc(t: TestContext): boolean {
  if (existsSync("/proc/self/environ")) return true;
  t.diagnostic("this machine has no /proc, where a test would find processes that are left");
  return false;
}

const kinds: readonly (readonly [string, JsonObject])[] = [
  ["sh -c 'sleep 1000 & sleep 1000'", {}],
  ["sh -c 'exit 0'", { restartPolicy: "Never" }],
  ["sh -c 'trap : TERM; sleep 1000 & wait; echo done'", {}],
  ["sh -c 'exit 1'", {}],
  ["no-such-program", {}],
  // It leaves its process group.
  ["sh -c 'setsid sleep 1000 & sleep 1000'", {}],
];

test("leaves no process and no file of pods that are deleted, however they ended", async (t) => {
  if (!needsProc(t)) return;
  const plane = await processCluster(t);
  const { numRuns: count } = runs(50);
  for (let from = 0; from < count; from += wave) {
    const names = Array.from({ length: Math.min(wave, count - from) }, (_, index) => `pod-${from + index}`);
    for (const [index, name] of names.entries()) {
      const [command, spec] = kinds[index % kinds.length]!;
      await plane.create("pods", processPod(name, command, {}, { terminationGracePeriodSeconds: 1, ...spec }));
    }
    const isUnderWay = (name: string): boolean => hasBegun(plane.pod(name));
    await until(() => names.every(isUnderWay), "all have begun");
    assert.ok(processesWith(plane.folder).length >= names.length / kinds.length);
    for (const name of names) await plane.cluster.api.delete("pods", { namespace: "default", name });
    await until(() => plane.cluster.api.list("pods").length === 0, "all are gone");
    assert.deepEqual(processesWith(plane.folder), []);
    const [folder] = readdirSync(plane.folder);
    assert.deepEqual(readdirSync(path.join(plane.folder, folder!, "pods")), []);
  }
});

function hasBegun(pod: JsonObject | undefined): boolean {
  const status = pod?.["status"] as
    | { readonly containerStatuses?: readonly JsonObject[]; readonly phase?: string }
    | undefined;
  return status?.phase !== undefined && status.phase !== "Pending" && status.containerStatuses !== undefined;
}

test("leaves nothing when the cluster stops while pods run", async (t) => {
  if (!needsProc(t)) return;
  const plane = await processCluster(t);
  const names = Array.from({ length: 10 }, (_, index) => `pod-${index}`);
  for (const name of names) await plane.create("pods", processPod(name, "sh -c 'sleep 1000 & sleep 1000'"));
  await until(() => names.every((name) => isReady(plane.pod(name))), "all run");
  assert.ok(processesWith(plane.folder).length >= 10);
  await plane.stop();
  assert.deepEqual([processesWith(plane.folder), readdirSync(plane.folder)], [[], []]);
});

test("leaves nothing when the process of the cluster is killed", async (t) => {
  if (!needsProc(t)) return;
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-killed-"));
  const host = spawn(
    process.execPath,
    [
      ...process.execArgv.filter((one) => one.startsWith("--conditions")),
      path.join(import.meta.dirname, "fixtures/cluster-host.ts"),
      folder,
      "9",
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  t.after(() => {
    host.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  let said = "";
  host.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await until(() => said.includes("ready"), "the pods run");
  assert.ok(processesWith(folder).length >= 9);
  const gone = once(host, "exit");
  host.kill("SIGKILL");
  await gone;
  await until(() => processesWith(folder).length === 0, "no process is left");
  await until(() => readdirSync(folder).length === 0, "no file is left");
});
