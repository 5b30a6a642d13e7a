import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { asKind } from "../../controllers/common/objects.ts";
import type { Service } from "../../network/service-routes.ts";
import { baseEnv, withHook } from "./base-env.ts";
import { directoryAnnotation, type Commands } from "./commands.ts";
import { containerLog, type ContainerLog } from "./container-log.ts";
import { containerEnv, type Lookup } from "./env/container-env.ts";
import { expandVariables } from "./env/expand-variables.ts";
import type { PodFacts } from "./env/field-value.ts";
import { serviceEnv } from "./env/service-env.ts";
import { tell, type HeldPod } from "./held-pod.ts";
import type { NodeHost } from "./node-host.ts";
import type { ContainerSpec } from "./pod-types.ts";
import type { LocalProcess } from "./process-runner.ts";

export interface StartInput {
  readonly host: NodeHost;
  readonly held: HeldPod;
  readonly container: ContainerSpec;
  /** A container that has none only seems to run. */
  readonly commands: Commands;
  readonly facts: PodFacts;
  readonly lookup: Lookup;
  readonly isTask: boolean;
  readonly newId: () => string;
  /** Something has happened: look at the pod again. */
  readonly wake: () => void;
}

/** How long a node waits before it tries again to make a container. */
const retryMs = 10_000;

/** Starts a container and tells the pod's record what came of it; never rejects. */
export async function startContainer(input: StartInput): Promise<void> {
  const { host, held, container, commands, facts, isTask, newId } = input;
  const command = commandOf(input);
  const { name } = container;
  const at = host.clock.now();
  const id = newId();
  const notStarted = (reason: string, message: string): void => {
    tell(held, name, { kind: "not-started", reason, message, retryAt: at + retryMs });
    held.events.push({ type: "Warning", reason: "Failed", message: `Error: ${message}` });
  };
  if (commands.kind === "problem") return notStarted("CreateContainerConfigError", commands.message);
  const env = environment(input);
  if (typeof env === "string") return notStarted("CreateContainerConfigError", env);
  const image = JSON.stringify(container.image ?? "");
  const pulled = `Container image ${image} already present on machine and can be accessed by the pod`;
  held.events.push({ type: "Normal", reason: "Pulled", message: pulled });
  const log = newLog(held, name, id);
  if (command === undefined) {
    held.runs.set(name, { id, log, env, directory: host.directory, process: undefined });
    tell(held, name, { kind: "started", id, at, starting: false });
    if (isTask) tell(held, name, { kind: "exited", id, code: 0, at, message: "" });
    log.end(at);
    created(held);
    return;
  }
  const directory = path.resolve(host.directory, facts.pod.metadata.annotations?.[directoryAnnotation] ?? "");
  const words = [...command, ...(container.args ?? [])].map((word) => expandVariables(word, (key) => env[key]));
  const program = words[0] === "node" ? process.execPath : words[0]!;
  try {
    const running = await host.runner.start({
      command: [program, ...words.slice(1)],
      env,
      directory,
      stdin: container.stdin === true,
      output: (stream, chunk) => log.write(stream, chunk, host.clock.now()),
    });
    const { stdinOnce = false } = container;
    held.runs.set(name, { id, log, env, directory, process: running, stdinOnce });
    if (held.isDropped) running.signal("SIGKILL");
    tell(held, name, { kind: "started", id, at, starting: container.lifecycle?.postStart !== undefined });
    created(held);
    void noteEnd(input, id, log, running);
  } catch (error) {
    log.end(at);
    const why = error instanceof Error ? error.message : String(error);
    const text = `failed to create containerd task: failed to create shim task: ${why}`;
    tell(held, name, { kind: "start-failed", id, at, message: text });
    held.events.push({ type: "Warning", reason: "Failed", message: `Error: ${text}` });
  }
}

async function noteEnd(input: StartInput, id: string, log: ContainerLog, running: LocalProcess): Promise<void> {
  const { host, held, container } = input;
  const code = await running.exit;
  const at = host.clock.now();
  log.end(at);
  const message = terminationMessage(messageFile(held.volumes.rootOf(container.name), container), container, code, log);
  tell(held, container.name, { kind: "exited", id, code, at, message });
  input.wake();
}

function commandOf({ commands, container }: StartInput): readonly string[] | undefined {
  return commands.kind === "commands" ? commands.of.get(container.name) : undefined;
}

function created({ events }: HeldPod): void {
  events.push({ type: "Normal", reason: "Created", message: "Container created" });
  events.push({ type: "Normal", reason: "Started", message: "Container started" });
}

/** The log of the run before is kept, those before it are not. */
function newLog(held: HeldPod, name: string, id: string): ContainerLog {
  const last = held.runs.get(name);
  // After a run that could not be started, it is the one before still.
  if (last !== undefined && last.log !== held.previous.get(name)?.log) {
    held.previous.get(name)?.log.remove();
    held.previous.set(name, last);
  }
  const folder = path.join(held.folder, "logs");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return containerLog(path.join(folder, `${name}-${id.slice(0, 12)}.log`));
}

/** The variables, or why there are none. */
function environment(input: StartInput): Readonly<Record<string, string>> | string {
  const { host, held, container, facts, lookup } = input;
  const command = commandOf(input) ?? [];
  const { network } = host;
  const { pod } = facts;
  const files = host.files();
  const root = held.volumes.rootOf(container.name);
  const made = containerEnv({
    container,
    facts,
    lookup,
    base: baseEnv({ pod, container, command, address: held.address, root, network, files }),
    services: serviceVariables(input),
  });
  if (made.kind === "problem") return made.message;
  try {
    held.volumes.mount(container, made.env);
    mkdirSync(path.join(root, "tmp"), { recursive: true, mode: 0o700 });
    mkdirSync(path.dirname(messageFile(root, container)), { recursive: true, mode: 0o700 });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return withHook(made.env, files.hook);
}

function serviceVariables({ host, facts }: StartInput): Record<string, string> {
  const { pod } = facts;
  const { host: apiHost, port: apiPort } = host.apiServer();
  const kubernetes = {
    name: "kubernetes",
    host: apiHost,
    ports: [{ name: "https", port: apiPort, protocol: "TCP" }],
  };
  if (pod.spec.enableServiceLinks === false) return serviceEnv([kubernetes]);
  const { namespace } = pod.metadata;
  const services = host
    .services(namespace)
    .map((one) => asKind<Service>(one))
    .filter((one) => one.metadata.name !== "kubernetes");
  const reachable = services.flatMap(({ metadata, spec }) => {
    const places = (spec.ports ?? []).flatMap(({ name = "", port, protocol = "TCP" }) => {
      const place = host.network.placeOf(namespace, metadata.name, port);
      return place === undefined ? [] : [{ ...place, name, protocol }];
    });
    return places.length === 0 ? [] : [{ name: metadata.name, host: places[0]!.address, ports: places }];
  });
  return serviceEnv([kubernetes, ...reachable]);
}

const mostMessage = 4096;
const mostLogMessage = 2048;

function messageFile(root: string, { terminationMessagePath = "/dev/termination-log" }: ContainerSpec): string {
  return path.join(root, path.posix.normalize(`/${terminationMessagePath}`));
}

/** What a container leaves behind as the reason of its end. */
function terminationMessage(file: string, container: ContainerSpec, code: number, log: ContainerLog): string {
  let text = "";
  try {
    text = readFileSync(file, "utf8").slice(0, mostMessage);
  } catch {
    // It has left none.
  }
  if (text !== "" || code === 0 || container.terminationMessagePolicy !== "FallbackToLogsOnError") return text;
  const lines = log
    .entries()
    .slice(-80)
    .map((one) => one.text.toString("utf8"));
  return lines.join("\n").slice(-mostLogMessage);
}
