import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../../scripts/runs.ts";
import { createStore } from "../memory-store.ts";
import { StoreError } from "../store-error.ts";
import type { Store } from "../store.ts";
import { openStore } from "./open-store.ts";
import { writeNext } from "./writes.ts";

function start(folder: string): ChildProcess {
  const script = path.join(import.meta.dirname, "writing-child.ts");
  return spawn(process.execPath, ["--conditions=@fairlead/source", script, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** Kills it once it has acknowledged so many writes; the revision of the last one that it could tell of. */
async function killAfter(child: ChildProcess, writes: number, meanwhile: () => void): Promise<number> {
  const ended = new Promise((resolve) => child.once("close", resolve));
  let last = 0;
  let seen = 0;
  for await (const line of createInterface(child.stdout!)) {
    last = Number(line);
    if (seen === 0) meanwhile();
    if (seen++ === writes) child.kill("SIGKILL");
  }
  await ended;
  assert.equal(child.signalCode, "SIGKILL");
  return last;
}

function contents(store: Store): string[] {
  return [...store.range("objects")].map(({ key, bytes }) => `${key} ${Buffer.from(bytes).toString()}`);
}

test("has every acknowledged write after kill -9, and nobody else gets in before", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-store-"));
  // What must be there: the same writes, made in memory.
  const expected = createStore();
  let kills = 0;
  let cuts = 0;
  const isLocked = (error: unknown): boolean => error instanceof StoreError && error.code === "locked";
  try {
    await fc.assert(
      fc.asyncProperty(fc.nat(2000), async (writes) => {
        const last = await killAfter(start(folder), writes, () => assert.throws(() => openStore(folder), isLocked));
        const { store, report } = openStore(folder);
        try {
          kills++;
          if (report.cut !== undefined) cuts++;
          assert.ok(store.revision >= last, `revision ${store.revision} after ${last} was acknowledged`);
          while (expected.revision < store.revision) writeNext(expected);
          assert.deepEqual(contents(store), contents(expected));
          const end = store.watch("objects", store.revision, () => {});
          assert.notEqual(end, undefined, "a watch goes on from here");
        } finally {
          store.close();
        }
      }),
      { ...runs(5), endOnFailure: true },
    );
    assert.ok(expected.revision > 1);
    t.diagnostic(`killed ${kills} times within ${expected.revision} writes, ${cuts} torn records cut off`);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of readdirSync(folder).filter((one) => one.startsWith("log-"))) {
      assert.equal(statSync(path.join(folder, name)).mode & 0o777, 0o600, name);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("keeps its folder from a second store of the same process, until it is closed", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-store-"));
  try {
    const { store } = openStore(path.join(folder, "a", "b"));
    assert.throws(
      () => openStore(path.join(folder, "a", "b")),
      (error) => error instanceof StoreError && error.code === "locked",
    );
    store.close();
    openStore(path.join(folder, "a", "b")).store.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("says what the file system refuses", () => {
  assert.throws(
    () => openStore("/dev/null/store"),
    (error) => error instanceof StoreError && error.code === "io" && /\/dev\/null\/store.*ENOTDIR/.test(error.message),
  );
});
