import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { clusterControllers } from "../../src/cluster/controllers.ts";
import { createSimulation, type Simulation } from "../../src/cluster/simulation.ts";
import type { PodNetwork } from "../../src/network/pod-network.ts";
import type { HandlerSpec } from "../../src/node/process/pod-types.ts";
import type { ProbeAnswer } from "../../src/node/process/probes/run-probe.ts";
import { processNode, type ProcessNode } from "../../src/node/process/process-node.ts";
import type { LocalProcess, StartRequest } from "../../src/node/process/process-runner.ts";

/** A program that a test plays. */
export interface ScriptedProcess {
  readonly request: StartRequest;
  readonly signals: string[];
  end(code: number): void;
  readonly ended: boolean;
}

export interface ScriptedNode {
  readonly simulation: Simulation;
  readonly node: ProcessNode;
  /** All that were started, oldest first. */
  readonly processes: ScriptedProcess[];
  /** The last one whose command begins with this word. */
  process(word: string): ScriptedProcess;
  /** What happened, in order and with the time in seconds: `0 start app`, `3 SIGTERM app`, `3 probe …`. */
  readonly trace: string[];
  /** What probes and hooks are told; success unless told. */
  answer: (handler: HandlerSpec) => ProbeAnswer | Promise<ProbeAnswer>;
  /** What a process does with a signal; it ends at SIGKILL, and at SIGTERM with 143, unless told. */
  onSignal: (process: ScriptedProcess, signal: string, word: string) => void;
  /** Why a program cannot be started; undefined: it can. */
  refuse: (word: string) => string | undefined;
  create(pod: JsonObject): Promise<void>;
  pod(name?: string): JsonObject | undefined;
  status(container: string, name?: string): JsonValue | undefined;
  condition(type: string, name?: string): string;
  advance(seconds: number): Promise<void>;
}

const startAt = Date.parse("2026-01-01T00:00:00Z");

/** A cluster on a clock of its own whose processes are played by the test. */
export async function scriptedNode(t: TestContext): Promise<ScriptedNode> {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-scripted-"));
  const processes: ScriptedProcess[] = [];
  const trace: string[] = [];
  let node: ProcessNode | undefined;
  let now = (): number => 0;
  const note = (what: string): void => void trace.push(`${(now() - startAt) / 1000} ${what}`);

  function start(request: StartRequest): Promise<LocalProcess> {
    const word = request.command[0];
    const why = result.refuse(word);
    note(`start ${word}`);
    if (why !== undefined) return Promise.reject(new Error(why));
    let finish: (code: number) => void = () => {};
    const exit = new Promise<number>((resolve) => (finish = resolve));
    let ended = false;
    const scripted: ScriptedProcess = {
      request,
      signals: [],
      end(code) {
        ended = true;
        finish(code);
      },
      get ended() {
        return ended;
      },
    };
    processes.push(scripted);
    return Promise.resolve({
      pid: processes.length,
      stdin: undefined,
      exit,
      signal(signal) {
        if (ended) return;
        scripted.signals.push(signal);
        note(`${signal} ${word}`);
        if (signal === "SIGKILL") scripted.end(137);
        else result.onSignal(scripted, signal, word);
      },
    });
  }

  const simulation = createSimulation({
    controllers: (core) => {
      const { clock } = core.server;
      now = () => clock.now();
      node = processNode({
        clock,
        runner: { start },
        probe: async (handler) => {
          note(
            `ask ${Object.keys(handler).find((key) => key in kinds) ?? "?"} ${JSON.stringify(Object.values(handler)[0])}`,
          );
          return await result.answer(handler);
        },
        network: fakeNetwork(),
        directory: "/srv",
        files: () => ({ folder, hook: "file:///hook.mjs", names: "/names.json", claims: path.join(folder, "claims") }),
        apiServer: () => ({ host: "127.0.0.1", port: 6443 }),
        services: (namespace) =>
          [...core.store.range("services", { prefix: `${namespace}/` })].map((one) => one.object),
      });
      const processNodes = { controllers: [node.controller], runs: node.runs };
      return clusterControllers({ table: core.table, certificate: () => "", keys: core.keys, processes: processNodes });
    },
  });
  const result: ScriptedNode = {
    simulation,
    node: node!,
    processes,
    trace,
    process: (word) => processes.findLast(({ request }) => request.command[0] === word)!,
    answer: () => ({ success: true, output: "" }),
    onSignal: (process) => process.end(143),
    refuse: () => undefined,
    async create(pod) {
      await simulation.settle();
      await simulation.api.create("pods", pod);
      await result.advance(0);
    },
    pod: (name = "web") => simulation.api.get("pods", { namespace: "default", name }),
    status(container, name) {
      const { status } = result.pod(name) ?? {};
      const all = ["initContainerStatuses", "containerStatuses"].flatMap(
        (list) => (get(status, list) ?? []) as JsonValue[],
      );
      return all.find((one) => get(one, "name") === container);
    },
    condition(type, name) {
      const all = (get(result.pod(name)?.["status"], "conditions") ?? []) as JsonValue[];
      return String(
        get(
          all.find((one) => get(one, "type") === type),
          "status",
        ),
      );
    },
    async advance(seconds) {
      await simulation.advance(seconds * 1000);
      // What a process or a probe has told just now.
      for (let round = 0; round < 5; round++) await simulation.settle();
      await simulation.advance(0);
    },
  };
  t.after(async () => {
    await node!.close();
    simulation.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await simulation.settle();
  return result;
}

const kinds = { exec: 1, httpGet: 1, tcpSocket: 1, grpc: 1, sleep: 1 };

function fakeNetwork(): PodNetwork {
  let taken = 0;
  return {
    places: {
      firstFree: 1024,
      addPod: () => Promise.resolve(`127.64.0.${++taken}`),
      removePod: () => undefined,
      podPort: (_uid, port) => port,
      podPorts: () => new Map(),
    },
    names: { set: () => {}, setForeign: () => {}, find: () => undefined, writeTo: () => {} },
    proxyUrl: () => "http://proxy",
    placeOf: (_namespace, service, port) => ({ address: `127.64.128.${service.length}`, port }),
    route: () => Promise.resolve([]),
    addresses: () => [],
    onChange: () => undefined,
    close: () => Promise.resolve(),
  };
}

/** A pod whose containers run what `processes` says. */
export function podWith(processes: JsonValue, spec: JsonObject, name = "web"): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      labels: { app: name },
      annotations: { "fairlead.dev/process": JSON.stringify(processes) },
    },
    spec: { serviceAccountName: "default", automountServiceAccountToken: false, ...spec },
  };
}
