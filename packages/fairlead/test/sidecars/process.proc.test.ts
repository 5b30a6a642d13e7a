/** `run sidecars` in a process of its own: what it listens on, and whom it calls, as the kernel tells. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { installIstio, type InstalledIstio } from "@fairlead/sim";
import { startEmbedded, until, type Embedded } from "../support/embedded.ts";
import { at, deployment } from "./live-world.ts";

const main = path.resolve(import.meta.dirname, "../../src/main.ts");

let embedded: Embedded;
let istio: InstalledIstio;
before(async () => {
  embedded = await startEmbedded({ east: { seed: 7 } }, { crds: false });
  const { cluster } = embedded.member("east");
  istio = await installIstio(cluster, { version: "1.28.0" });
  const namespace = (name: string, labels: JsonObject) =>
    cluster.api.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
  await namespace("shop", { "istio-injection": "enabled" });
  await namespace("fairlead-sidecars", {});
  await cluster.api.create("deployments.apps", deployment("shop", "web"));
  await cluster.settled();
});
after(async () => {
  await istio?.stop();
  await embedded?.stop();
});

interface Sockets {
  readonly listening: readonly number[];
  readonly connected: readonly number[];
}

/** Ports that a process listens on, and the far ends of its connections but those that came to its own port. */
function socketsOf(pid: number): Sockets {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const found = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`));
      if (found !== null) inodes.add(found[1]!);
    } catch {
      // It was closed meanwhile.
    }
  }
  const listening = new Set<number>();
  const connections: { readonly local: number; readonly remote: number }[] = [];
  const portOf = (address: string): number => Number.parseInt(address.split(":").at(-1)!, 16);
  for (const table of ["tcp", "tcp6", "udp", "udp6"]) {
    for (const line of readFileSync(`/proc/${pid}/net/${table}`, "utf8").split("\n").slice(1)) {
      const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/);
      if (inode === undefined || !inodes.has(inode)) continue;
      // 0A: listens; of UDP every socket counts that has no far end.
      if (state === "0A" || portOf(remote!) === 0) listening.add(portOf(local!));
      else connections.push({ local: portOf(local!), remote: portOf(remote!) });
    }
  }
  const outgoing = connections.filter(({ local }) => !listening.has(local));
  return { listening: [...listening], connected: outgoing.map(({ remote }) => remote) };
}

test("it listens on the port of health and metrics alone, and is connected to the API server and the injector alone", async (t) => {
  if (process.platform !== "linux") return t.diagnostic("the kernel's tables are read on Linux only");
  const { cluster } = embedded.member("east");
  const args = ["--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning", main, "run", "sidecars"];
  const child = spawn(
    process.execPath,
    [...args, "--kubeconfig", embedded.kubeconfig, "--namespace", "fairlead-sidecars", "--health", "127.0.0.1:0"],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const ended = once(child, "exit");
  const lines: string[] = [];
  createInterface(child.stderr).on("line", (line) => void lines.push(line));
  const seen = { listening: new Set<number>(), connected: new Set<number>() };
  const look = (): void => {
    const { listening, connected } = socketsOf(child.pid!);
    for (const port of listening) seen.listening.add(port);
    for (const port of connected) seen.connected.add(port);
  };
  const timer = setInterval(look, 5);
  try {
    const port = (): unknown =>
      lines
        .map((line) => JSON.parse(line) as JsonObject)
        .filter((line) => line["msg"] === "serving health and metrics")
        .map((line) => get(line, "port"))[0];
    await until("the port", () => port() !== undefined);
    await until("its readiness", async () => (await fetch(`http://127.0.0.1:${String(port())}/readyz`)).ok);
    await istio.upgrade("1.29.0");
    const mark = (): unknown =>
      at(
        cluster.api.get("deployments.apps", { namespace: "shop", name: "web" }),
        "spec",
        "template",
        "metadata",
        "annotations",
        "sidecars.fairlead.dev/restarted-for",
      );
    await until("the restart", () => mark() !== undefined);
    look();
    assert.deepEqual([...seen.listening], [port()]);
    const allowed = [Number(new URL(cluster.url).port), istio.injector.address().port];
    assert.ok(seen.connected.has(allowed[0]!));
    assert.deepEqual(
      [...seen.connected].filter((one) => !allowed.includes(one)),
      [],
    );
  } finally {
    clearInterval(timer);
    child.kill("SIGTERM");
  }
  const [code] = (await ended) as [number | null];
  assert.equal(code, 0, lines.join("\n"));
});
