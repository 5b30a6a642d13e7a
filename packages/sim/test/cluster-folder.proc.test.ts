import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { createCluster } from "../src/cluster/create-cluster.ts";

test("is the same cluster the next time: its port, its users, its objects", async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "fairlead-cluster-"));
  try {
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
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test("refuses a folder that another cluster uses", async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "fairlead-cluster-"));
  const first = await createCluster({ dataDir });
  try {
    await assert.rejects(createCluster({ dataDir }), /is used by|in use|another/);
  } finally {
    await first.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
