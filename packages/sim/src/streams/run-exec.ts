import { isObject, type JsonValue } from "@fairlead/apimachinery";
import type { Readable, Writable } from "node:stream";
import type { ExecCarrier } from "./exec-carrier.ts";
import type { ExecProcess, ExecRequest, ExecTarget, ExitStatus } from "./exec-target.ts";
import { exitStatus } from "./exit-status.ts";

/** Runs a command for a client until it has ended and all its output is sent, or the client goes. Never rejects. */
export async function runExec(target: ExecTarget, request: ExecRequest, carrier: ExecCarrier): Promise<void> {
  let isGone = false;
  let process: ExecProcess | undefined;
  const leave = (): void => {
    isGone = true;
    process?.kill();
  };
  void carrier.gone.then(leave);
  let exit: ExitStatus;
  try {
    process = await target.start(request);
    if (isGone) process.kill();
    exit = await join(process, carrier);
  } catch (error) {
    exit = { kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
  if (isGone) return;
  // It has ended: nothing is left to kill.
  process = undefined;
  carrier.finish(JSON.stringify(exitStatus(exit, request.command)));
}

async function join(process: ExecProcess, carrier: ExecCarrier): Promise<ExitStatus> {
  const { stdin, stdout, stderr } = process;
  if (stdin !== undefined) {
    // A command that does not read its input ends all the same.
    stdin.on("error", () => undefined);
    if (carrier.stdin === undefined) stdin.end();
    else carrier.stdin.pipe(stdin);
  }
  carrier.resize?.on("data", resizer(process));
  const outputs = [send(stdout, carrier.stdout, carrier.gone), send(stderr, carrier.stderr, carrier.gone)];
  const exit = await process.exit;
  await Promise.all(outputs);
  carrier.stdin?.destroy();
  return exit;
}

/** Until the source has ended, or nobody takes what it says. */
async function send(source: Readable | undefined, sink: Writable | undefined, gone: Promise<void>): Promise<void> {
  if (source === undefined) return;
  if (sink === undefined) {
    source.resume();
    return;
  }
  source.pipe(sink);
  // An output that breaks ends what is sent of it.
  source.once("error", () => sink.end());
  const sent = new Promise<void>((resolve) => sink.once("finish", resolve).once("close", resolve));
  await Promise.race([sent, gone]);
  source.unpipe(sink);
  source.on("error", () => undefined).resume();
}

const mostPending = 4096;

/** Messages may come in pieces, and several at once. */
function resizer(process: ExecProcess): (chunk: Buffer) => void {
  let pending = "";
  return (chunk) => {
    pending = (pending + chunk.toString("latin1")).slice(-mostPending);
    for (let end = pending.indexOf("}"); end >= 0; end = pending.indexOf("}")) {
      const size = sizeIn(pending.slice(0, end + 1));
      pending = pending.slice(end + 1);
      if (size !== undefined) process.resize(size.columns, size.rows);
    }
  };
}

function sizeIn(text: string): { readonly columns: number; readonly rows: number } | undefined {
  try {
    const size = JSON.parse(text) as JsonValue;
    if (!isObject(size)) return undefined;
    const { Width: columns, Height: rows } = size;
    const isSize = (value: unknown): value is number =>
      typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffff;
    return isSize(columns) && isSize(rows) ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}
