import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { ensureTool } from "../../../scripts/real/ensure-tool.ts";
import { execute, tail } from "../../../scripts/real/execute.ts";
import { startGuard } from "../../../scripts/real/guarded.ts";
import { until } from "../../../scripts/real/until.ts";

export interface RunningEnvoy {
  /** The port of this machine on which it listens in place of a port of the mesh. */
  portOf(port: number): number;
  /** An answer of its administration, as JSON. */
  admin(path: string): Promise<JsonValue>;
  stop(): Promise<void>;
}

/**
 * Starts Envoy with a configuration whose listeners are named `outbound_PORT`, on ports of its own choice. One that
 * waits for what never comes, such as certificates, is never ready and has no ports.
 */
export async function runEnvoy(config: JsonObject, { untilReady = true } = {}): Promise<RunningEnvoy> {
  const program = await ensureTool("envoy");
  const guard = startGuard();
  try {
    const [file, adminFile] = [path.join(guard.folder, "envoy.json"), path.join(guard.folder, "admin")];
    writeFileSync(file, JSON.stringify(config));
    const options = ["--admin-address-path", adminFile, "--concurrency", "1", "--disable-hot-restart"];
    await guard.start("envoy", program, ["-c", file, ...options, "--log-level", "warning"]);
    const admin = await until("Envoy to start", () => {
      const ended = guard.ended("envoy");
      if (ended !== undefined) throw new Error(ended);
      return readFile(adminFile);
    });
    const read = async (at: string) => (await (await fetch(`http://${admin}${at}`)).json()) as JsonValue;
    if (untilReady) await until("Envoy to be ready", async () => (await fetch(`http://${admin}/ready`)).ok);
    const ports = new Map<string, number>();
    for (const one of (get(await read("/listeners?format=json"), "listener_statuses") ?? []) as JsonValue[]) {
      const address = get(get(one, "local_address"), "socket_address");
      ports.set(textOf(get(one, "name")), Number(get(address, "port_value")));
    }
    return {
      portOf(port) {
        const found = ports.get(`outbound_${port}`);
        if (found === undefined) throw new Error(`Envoy has no listener for port ${port}`);
        return found;
      },
      admin: read,
      stop: () => guard.stop(),
    };
  } catch (error) {
    await guard.stop();
    throw error;
  }
}

function readFile(file: string): string | undefined {
  try {
    const text = readFileSync(file, "utf8").trim();
    return text === "" ? undefined : text;
  } catch {
    return undefined;
  }
}

/** What Envoy says against a configuration; empty if nothing. */
export async function validateConfig(config: JsonObject): Promise<string> {
  const program = await ensureTool("envoy");
  const options = ["--mode", "validate", "--log-level", "error", "--disable-hot-restart"];
  const { status, stderr, stdout } = await execute(program, [...options, "--config-yaml", JSON.stringify(config)], {
    timeoutMs: 60_000,
  });
  return status === 0 ? "" : tail(`${stdout}${stderr}`);
}
