import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { kubeconfigText } from "../../scripts/real/access.ts";
import { buildProgram, imageEnvironment, type ServerAccess } from "../lib/child.ts";

/** Bytes, as Linux tells them of the process. */
export interface Resident {
  readonly now: number;
  readonly most: number;
}

/**
 * What `fairlead run sidecars` itself takes, as the image runs it, when it has decided about `workloads` and rested for
 * `restMs`. Its window is closed.
 */
export async function residentCommand(access: ServerAccess, workloads: number, restMs: number): Promise<Resident> {
  const program = await buildProgram("packages/fairlead/src/main.ts");
  const kubeconfig = path.join(path.dirname(program.file), "kubeconfig");
  writeFileSync(kubeconfig, kubeconfigText({ name: "east", ...access }), { mode: 0o600 });
  const health = `127.0.0.1:${await freePort()}`;
  const parameters = [
    "run",
    "sidecars",
    "--kubeconfig",
    kubeconfig,
    "-n",
    "default",
    "--health",
    health,
    "--log-level",
    "error",
  ];
  const window = ["--set", 'windows.all=["Sat 00:00-00:01 UTC"]'];
  const child = spawn(process.execPath, [program.file, ...parameters, ...window], {
    env: { ...process.env, ...imageEnvironment },
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    await decided(`http://${health}/metrics`, workloads);
    await pause(restMs);
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    const kilobytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)![1]);
    return { now: kilobytes("VmRSS") * 1024, most: kilobytes("VmHWM") * 1024 };
  } finally {
    if (child.exitCode === null && child.kill("SIGTERM")) await once(child, "exit");
    program.remove();
  }
}

async function decided(metrics: string, workloads: number): Promise<void> {
  const end = performance.now() + 120_000;
  for (;;) {
    const text = await fetch(metrics).then(
      (answer) => answer.text(),
      () => "",
    );
    const count = [...text.matchAll(/^fairlead_sidecars_workloads(?:\{[^}]*\})? (\d+)/gm)];
    if (count.reduce((sum, [, value]) => sum + Number(value), 0) >= workloads) return;
    if (performance.now() > end) throw new Error(`fairlead run sidecars did not decide about ${workloads} workloads`);
    await pause(200);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
