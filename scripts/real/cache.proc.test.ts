import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { cacheFolder, withCacheLock, withTemporaryFolder } from "./cache.ts";

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-cache-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("the cache follows XDG_CACHE_HOME, and ignores a relative one as the specification wants", () => {
  assert.equal(cacheFolder({ XDG_CACHE_HOME: "/c" }), path.join("/c", "fairlead", "real-plane"));
  assert.ok(path.isAbsolute(cacheFolder({ XDG_CACHE_HOME: "relative" })));
  assert.ok(cacheFolder({}).endsWith(path.join(".cache", "fairlead", "real-plane")));
});

/** A process that takes the lock, says so, and keeps it until it is killed. */
async function holder(folder: string): Promise<ChildProcess> {
  const script = `
    import { withCacheLock } from ${JSON.stringify(path.join(import.meta.dirname, "cache.ts"))};
    await withCacheLock(async () => { console.log("held"); await new Promise((r) => setTimeout(r, 60_000)); }, ${JSON.stringify(folder)});`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`the holder ended with ${code}`)));
  });
  return child;
}

test("a second process waits for the lock and gets it when the first one is killed", async (t) => {
  const folder = temporaryFolder(t);
  const child = await holder(folder);
  let entered = false;
  const second = withCacheLock(async () => {
    entered = true;
    return "done";
  }, folder);
  // The lock is tried before the first await, so it was refused by now.
  assert.equal(entered, false);
  child.kill("SIGKILL");
  assert.equal(await second, "done");
});

test("work under the lock never overlaps in one process", async (t) => {
  const folder = temporaryFolder(t);
  let inside = 0;
  const work = async (): Promise<number> => {
    const seen = ++inside;
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
    return seen;
  };
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => withCacheLock(work, folder))), [1, 1, 1]);
});

test("the lock is free again after work that failed", async (t) => {
  const folder = temporaryFolder(t);
  await assert.rejects(
    withCacheLock(() => Promise.reject(new Error("no")), folder),
    /no/,
  );
  assert.equal(await withCacheLock(() => Promise.resolve(1), folder), 1);
});

test("what an interrupted build left is removed by the next one", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(path.join(folder, "tmp-1-abc", "deep"), { recursive: true });
  mkdirSync(path.join(folder, "etcd-3.6.6"));
  await withCacheLock(() => Promise.resolve(), folder);
  assert.deepEqual(
    readdirSync(folder).filter((name) => !name.startsWith("lock.")),
    ["etcd-3.6.6"],
  );
});

test("a temporary folder is gone after its work, also after work that failed", async (t) => {
  const root = temporaryFolder(t);
  let seen = "";
  await assert.rejects(
    withTemporaryFolder((folder) => {
      seen = folder;
      assert.ok(existsSync(folder));
      return Promise.reject(new Error("no"));
    }, root),
  );
  assert.ok(seen.startsWith(root));
  assert.deepEqual(readdirSync(root), []);
});
