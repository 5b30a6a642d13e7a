import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { createCluster } from "../src/cluster/create-cluster.ts";
import { StoreError, type StoreErrorCode } from "../src/store/store-error.ts";

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-cluster-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const refused =
  (code: StoreErrorCode, message: RegExp) =>
  (error: unknown): boolean =>
    error instanceof StoreError && error.code === code && message.test(error.message);

test("is the same cluster the next time: its port, its users, its objects", async (t) => {
  const dataDir = folderFor(t);
  const first = await createCluster({ dataDir });
  await first.api.create("configmaps", { metadata: { name: "kept", namespace: "default" }, data: { a: "1" } });
  const { url, token, certificate } = first;
  await first.stop();
  const second = await createCluster({ dataDir });
  assert.deepEqual([second.url, second.token, second.certificate], [url, token, certificate]);
  assert.equal(second.report?.created, false);
  assert.deepEqual(second.api.get("configmaps", { namespace: "default", name: "kept" })?.["data"], { a: "1" });
  await second.stop();
  assert.equal(statSync(path.join(dataDir, "identity.json")).mode & 0o777, 0o600);
});

test("refuses a folder that another cluster uses", async (t) => {
  const dataDir = folderFor(t);
  const first = await createCluster({ dataDir });
  await assert.rejects(createCluster({ dataDir }), refused("locked", /is in use/));
  // The first one does not notice.
  await first.api.create("configmaps", { metadata: { name: "a", namespace: "default" } });
  await first.stop();
});

test("says which folder cannot be used, and why", async (t) => {
  const file = path.join(folderFor(t), "file");
  writeFileSync(file, "");
  for (const dataDir of [path.join(file, "sub"), file]) {
    await assert.rejects(
      createCluster({ dataDir }),
      refused("io", /^cannot use the folder .*file.*: (ENOTDIR|EEXIST)/),
    );
  }
  const dataDir = folderFor(t);
  mkdirSync(path.join(dataDir, "identity.json"));
  await assert.rejects(createCluster({ dataDir }), refused("io", /^cannot read .*identity\.json: EISDIR/));
});

test("does not start as somebody else when its identity is damaged, and quotes none of it", async (t) => {
  const dataDir = folderFor(t);
  const place = path.join(dataDir, "identity.json");
  for (const text of ["", '{"token": "hunter2"', '{"token": "hunter2"}', "[]"]) {
    writeFileSync(place, text);
    await assert.rejects(createCluster({ dataDir }), (error) => {
      assert.doesNotMatch(String((error as Error).stack), /hunter2/);
      return refused("corrupt", /identity\.json does not say who the cluster is/)(error);
    });
  }
});

test("leaves its folder to others when its port is taken", async (t) => {
  const dataDir = folderFor(t);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  await assert.rejects(createCluster({ dataDir, port }), { code: "EADDRINUSE" });
  const cluster = await createCluster({ dataDir });
  await cluster.stop();
  await new Promise((resolve) => other.close(resolve));
});
