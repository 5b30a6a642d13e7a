import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startGuard, type Guard } from "./guarded.ts";

async function until(condition: () => boolean): Promise<boolean> {
  const deadline = performance.now() + 10_000;
  while (!condition() && performance.now() < deadline) await sleep(10);
  return condition();
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function withGuard(work: (guard: Guard) => Promise<void>): Promise<void> {
  const guard = startGuard();
  try {
    await work(guard);
  } finally {
    await guard.stop();
  }
}

test("tells how a program ended, with the end of its output", async () => {
  await withGuard(async (guard) => {
    await guard.start("short", "/bin/sh", ["-c", "echo no such flag >&2; exit 3"]);
    assert.ok(await until(() => guard.ended("short") !== undefined));
    assert.equal(guard.ended("short"), "exit code 3\nno such flag");
  });
});

test("reports a program that cannot be started", async () => {
  await withGuard(async (guard) => {
    await assert.rejects(guard.start("absent", "/no/such/program", []), { code: "plane-failed", message: /ENOENT/ });
  });
});

test("ends its programs and removes its folder when it is stopped", async () => {
  const guard = startGuard();
  const pid = await guard.start("long", "/bin/sh", ["-c", "trap '' TERM; while :; do read -r x < /dev/zero; done"]);
  assert.ok(runs(pid) && existsSync(guard.folder));
  assert.equal(guard.ended("long"), undefined);
  await guard.stop();
  assert.ok(await until(() => !runs(pid)));
  assert.equal(existsSync(guard.folder), false);
  await assert.rejects(guard.start("late", "/bin/sh", []));
});
