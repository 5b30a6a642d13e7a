import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { createCluster } from "@fairlead/sim";
import { fairlead, inFolder } from "../support/cli.ts";

const up = (cwd: string, ...args: readonly string[]): ReturnType<typeof fairlead> => fairlead(["up", ...args], { cwd });

test("says that somebody else has a cluster's data open", async () => {
  await inFolder(async (folder) => {
    const cluster = await createCluster({ dataDir: path.join(folder, ".fairlead", "clusters", "fairlead") });
    const { code, stderr } = await up(folder);
    await cluster.stop();
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^error FL781: .*is in use: another process/);
  });
});

test("says why a state folder cannot be used", async () => {
  await inFolder(async (folder) => {
    writeFileSync(path.join(folder, "file"), "");
    const inFile = await up(folder, "--state", "file/state");
    assert.equal(inFile.code, 1, inFile.stderr);
    assert.match(inFile.stderr, /^error FL786: .*file\/state.*ENOTDIR/);
    // The clusters start, but who talks to them has no place.
    mkdirSync(path.join(folder, "state", "kubeconfig"), { recursive: true });
    const noKubeconfig = await up(folder, "--state", "state");
    assert.equal(noKubeconfig.code, 1, noKubeconfig.stderr);
    assert.match(noKubeconfig.stderr, /^error FL786: .*EISDIR/);
  });
});

test("does not begin anew where the data of a cluster are damaged", async () => {
  await inFolder(async (folder) => {
    const data = path.join(folder, ".fairlead", "clusters", "fairlead");
    mkdirSync(data, { recursive: true });
    writeFileSync(path.join(data, "identity.json"), "{");
    const { code, stderr } = await up(folder);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^error FL786: .*identity\.json does not say who the cluster is/);
  });
});
