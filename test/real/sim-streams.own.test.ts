/** Real kubectl against the embedded server's streams: exec and port-forward over WebSockets and over SPDY. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { after, before, test, type TestContext } from "node:test";
import { createCluster, type Cluster } from "../../packages/sim/src/cluster/create-cluster.ts";
import { writeKubeconfig } from "../../packages/sim/src/serve/kubeconfig.ts";
import { podServer, type PodServer } from "../../packages/sim/test/pod-server.ts";
import { ensureTool } from "../../scripts/real/ensure-tool.ts";
import { execute, type Execution } from "../../scripts/real/execute.ts";

let cluster: Cluster;
const programs = new Map<string, string>();
const administrator = { name: "admin", groups: ["system:masters", "system:authenticated"] };

before(async () => {
  cluster = await createCluster({ controllers: false });
  for (const version of ["1.36", "1.30"]) programs.set(version, await ensureTool("kubectl", { kubernetes: version }));
});
after(() => cluster.stop());

interface Kubectl {
  readonly server: PodServer;
  /** What clients have asked to upgrade to. */
  readonly upgrades: readonly string[];
  run(parameters: readonly string[], input?: string): Promise<Execution>;
  start(parameters: readonly string[]): ReturnType<typeof spawn>;
}

/** kubectl, with a kubeconfig for a server that has one pod and the cluster's discovery. */
async function kubectl(t: TestContext, version: string, refused = ""): Promise<Kubectl> {
  const upgrades: string[] = [];
  const server = await podServer(t, {
    otherwise: (request) => cluster.core.handle({ ...request, ...of(request), user: administrator }),
    refused(upgrade) {
      upgrades.push(upgrade);
      return upgrade === refused;
    },
  });
  const folder = mkdtempSync(path.join(tmpdir(), "sim-streams-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const kubeconfig = path.join(folder, "kubeconfig");
  const certificate = server.certificates.authority.certificate;
  const credentials = { kind: "token", token: "unused" } as const;
  writeKubeconfig(kubeconfig, [{ name: "sim", url: server.server.url, certificate, credentials }]);
  const program = programs.get(version)!;
  const common = ["--kubeconfig", kubeconfig, "--cache-dir", path.join(folder, "cache")];
  return {
    server,
    upgrades,
    run: (parameters, input) =>
      execute(program, [...common, ...parameters], { timeoutMs: 60_000, ...(input === undefined ? {} : { input }) }),
    start: (parameters) => spawn(program, [...common, ...parameters], { stdio: ["ignore", "pipe", "pipe"] }),
  };
}

/** A request's members are getters, which a spread leaves out. */
function of({ query, signal }: { readonly query: URLSearchParams; readonly signal: AbortSignal }) {
  return { query, signal };
}

for (const [version, refused, expected] of [
  ["1.36", "", ["websocket"]],
  ["1.36", "websocket", ["websocket", "SPDY/3.1"]],
  ["1.30", "", undefined],
  ["1.30", "websocket", undefined],
] as const) {
  const name = `kubectl ${version}${refused === "" ? "" : `, without ${refused}s`}`;

  test(`runs commands: ${name}`, async (t) => {
    const { run, upgrades } = await kubectl(t, version, refused);
    const failing = await run(["exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 3"]);
    assert.deepEqual([failing.status, failing.stdout], [3, "out\n"]);
    assert.equal(failing.stderr, "err\ncommand terminated with exit code 3\n");
    if (expected !== undefined) assert.deepEqual(upgrades, expected);
    const input = "0123456789".repeat(300_000);
    const echoed = await run(["exec", "-i", "web", "--", "cat"], input);
    assert.deepEqual([echoed.status, echoed.stderr], [0, ""]);
    assert.equal(echoed.stdout, input);
    const missing = await run(["exec", "web", "--", "no-such-program"]);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /executable file not found in \$PATH/);
  });

  test(`forwards ports: ${name}`, async (t) => {
    const large = Buffer.alloc(8_000_000, "0123456789");
    const web = createHttpServer((request, response) => {
      request.resume();
      response.end(large);
    });
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    t.after(() => {
      web.closeAllConnections();
      web.close();
    });
    const { start } = await kubectl(t, version, refused);
    const child = start(["port-forward", "web", `:${(web.address() as AddressInfo).port}`]);
    t.after(async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
    });
    const port = await listening(child);
    const digests = await Promise.all(Array.from({ length: 5 }, () => digestOf(port)));
    const digest = createHash("sha256").update(large).digest("hex");
    assert.deepEqual(digests, Array(5).fill(digest));
  });
}

/** The local port that kubectl says it listens on. */
function listening(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      const match = /Forwarding from 127\.0\.0\.1:(\d+) ->/.exec(text);
      if (match !== null) resolve(Number(match[1]));
    };
    child.stdout!.on("data", read);
    child.stderr!.on("data", read);
    child.once("exit", () => reject(new Error(`kubectl has ended: ${text}`)));
  });
}

function digestOf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ port, host: "127.0.0.1", agent: false }, (response) => {
      buffer(response).then((body) => resolve(createHash("sha256").update(body).digest("hex")), reject);
    }).on("error", reject);
  });
}
