/** `run mesh` in a process of its own, as it is started for good. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { startEmbedded, type Embedded } from "../support/embedded.ts";

const main = path.resolve(import.meta.dirname, "../../src/main.ts");

let embedded: Embedded;
before(async () => {
  embedded = await startEmbedded({ hub: {} }, { crds: false });
});
after(() => embedded.stop());

test("runs where the home cluster knows no MeshConfig, until it is told to stop", async () => {
  const args = ["--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning", main, "run", "mesh"];
  const child = spawn(process.execPath, [...args, "--kubeconfig", embedded.kubeconfig, "--no-leader-election"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  const lines: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    lines.push(line);
    if (line.includes("the clusters were read")) child.kill("SIGTERM");
  }
  const [code] = (await ended) as [number | null];
  assert.ok(
    lines.some((line) => line.includes("the clusters were read")),
    lines.join("\n"),
  );
  assert.equal(code, 0, lines.join("\n"));
});
