import { connect } from "node:net";
import { PassThrough, type Duplex } from "node:stream";
import { get, textOf } from "@fairlead/apimachinery";
import type { PodNetwork } from "../../network/pod-network.ts";
import type { ExecProcess, ExecRequest, ExecTarget } from "../../streams/exec-target.ts";
import type { PodAccess } from "../../subresources/pod-access.ts";
import { dialError } from "./probes/run-probe.ts";
import type { ContainerRun, HeldPod } from "./held-pod.ts";
import type { ProcessNode } from "./process-node.ts";
import type { ProcessRunner } from "./process-runner.ts";

/** Reaches into the pods that a node runs: their logs, commands in their containers, their ports. */
export function podAccess(node: ProcessNode, network: PodNetwork, runner: ProcessRunner): PodAccess {
  return {
    find(pod) {
      const held = node.held(textOf(get(pod["metadata"], "uid")));
      if (held === undefined) return undefined;
      return {
        log: (id) =>
          [...held.runs.values()].find((run) => run.id === id)?.log ??
          [...held.previous.values()].find((run) => run.id === id)?.log,
        container: (name) => {
          const run = held.runs.get(name);
          const { state } = held.records.get(name) ?? {};
          if (run === undefined || state?.kind !== "running" || run.process === undefined) return undefined;
          return execTarget(held, run, runner);
        },
        ports: { connect: (port) => connectTo(held.address, network.places.podPort(held.uid, port)) },
      };
    },
  };
}

function execTarget(held: HeldPod, run: ContainerRun, runner: ProcessRunner): ExecTarget {
  return {
    start: (request) => (request.command.length === 0 ? attach(run, request) : execute(held, run, request, runner)),
  };
}

/** In the container's folder and environment. A terminal is played by pipes: programs see that there is none. */
async function execute(
  held: HeldPod,
  run: ContainerRun,
  { command, stdin, stdout, stderr, tty }: ExecRequest,
  runner: ProcessRunner,
): Promise<ExecProcess> {
  const [program = "", ...args] = command;
  const child = await runner.start({
    command: [program === "node" ? process.execPath : program, ...args],
    env: run.env,
    directory: run.directory,
    stdin: true,
  });
  held.commands.add(child);
  const exit = child.exit.then((code) => {
    held.commands.delete(child);
    return { kind: "exited", code } as const;
  });
  if (!stdin) child.stdin?.end();
  const both = new PassThrough();
  if (tty) {
    let open = 2;
    for (const output of [child.stdout!, child.stderr!]) {
      output.pipe(both, { end: false });
      output.once("close", () => --open === 0 && both.end());
    }
  }
  if (!stdout && !tty) child.stdout!.resume();
  if (!stderr && !tty) child.stderr!.resume();
  return {
    ...(stdin ? { stdin: child.stdin! } : {}),
    ...(stdout ? { stdout: tty ? both : child.stdout! } : {}),
    ...(stderr && !tty ? { stderr: child.stderr! } : {}),
    resize: () => undefined,
    exit,
    kill: () => child.signal("SIGKILL"),
  };
}

/** What the container says from now on, and its input if it has one. It goes on when the client goes. */
function attach(run: ContainerRun, { stdin, stdout, stderr, tty }: ExecRequest): Promise<ExecProcess> {
  const outputs = { stdout: new PassThrough(), stderr: new PassThrough() };
  const running = run.process!;
  const stop = run.log.listen((stream, chunk) => {
    const to = tty ? "stdout" : stream;
    const wanted = to === "stdout" ? stdout : stderr;
    // A client that does not keep up misses something; the container does not wait for it.
    if (wanted && !outputs[to].writableNeedDrain) outputs[to].write(chunk);
  });
  const input = new PassThrough();
  if (running.stdin !== undefined) input.pipe(running.stdin, { end: run.stdinOnce === true });
  else input.resume();
  const leave = (): void => {
    stop();
    input.unpipe();
    if (stdin && run.stdinOnce === true) running.stdin?.end();
    outputs.stdout.end();
    outputs.stderr.end();
  };
  const exit = running.exit.then((code) => {
    leave();
    return { kind: "exited", code } as const;
  });
  return Promise.resolve({
    ...(stdin ? { stdin: input } : {}),
    ...(stdout ? { stdout: outputs.stdout } : {}),
    ...(stderr ? { stderr: outputs.stderr } : {}),
    resize: () => undefined,
    exit,
    kill: leave,
  });
}

function connectTo(host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error) => reject(new Error(dialError(error, host, port))));
  });
}
