import type { ProbeKind } from "./container-record.ts";
import { tell, type ContainerRun, type HeldPod } from "./held-pod.ts";
import { execCommand } from "./exec-command.ts";
import type { NodeHost } from "./node-host.ts";
import type { ContainerSpec, HandlerSpec } from "./pod-types.ts";
import { askedOfAgent } from "./probes/played-agent.ts";
import type { ProbeAnswer } from "./probes/run-probe.ts";
import { probeOf } from "./probe-schedule.ts";
import type { Action } from "./step-container.ts";

export interface ActionInput {
  readonly host: NodeHost;
  readonly held: HeldPod;
  readonly container: ContainerSpec;
  readonly wake: () => void;
}

/** Signals, probes and hooks: they take effect later, and what comes of them is told to the pod's record. */
export function performAction(action: Exclude<Action, { kind: "start" }>, input: ActionInput): void {
  const { host, held, container, wake } = input;
  const run = held.runs.get(container.name);
  if (run === undefined) return;
  switch (action.kind) {
    case "signal":
      if (run.process !== undefined) run.process.signal(action.signal);
      else {
        tell(held, container.name, { kind: "exited", id: run.id, code: 0, at: host.clock.now(), message: "" });
        wake();
      }
      break;
    case "pre-stop":
      void runPreStop(input, run);
      break;
    case "probe":
      void probe(input, run, action.probe);
      break;
    default:
      action satisfies never;
  }
}

async function runPreStop(input: ActionInput, { id }: ContainerRun): Promise<void> {
  const { held, container, wake } = input;
  const { success, output } = await runHandler(input, container.lifecycle!.preStop!, longestHookMs);
  if (!success) warn(held, "FailedPreStopHook", `PreStopHook failed: ${output}`);
  tell(held, container.name, { kind: "pre-stop-done", id });
  wake();
}

async function probe(input: ActionInput, { id }: ContainerRun, kind: ProbeKind): Promise<void> {
  const { held, container, wake } = input;
  const spec = probeOf(container, kind)!;
  const { success, output } = await runHandler(input, spec, (spec.timeoutSeconds ?? 1) * 1000);
  const { state } = held.records.get(container.name)!;
  if (!success && state.kind === "running" && state.id === id) {
    const title = kind[0]!.toUpperCase() + kind.slice(1);
    warn(held, "Unhealthy", `${title} probe failed: ${output}`);
  }
  tell(held, container.name, { kind: "probed", id, probe: kind, success });
  wake();
}

function warn({ events }: HeldPod, reason: string, message: string): void {
  events.push({ type: "Warning", reason, message });
}

/** What has just started may have something to do before it counts as running. */
export async function runPostStart(input: ActionInput): Promise<void> {
  const { held, container, wake } = input;
  const handler = container.lifecycle?.postStart;
  const run = held.runs.get(container.name);
  const state = held.records.get(container.name)?.state;
  if (handler === undefined || run === undefined || state?.kind !== "running" || !state.starting) return;
  const { success, output } = await runHandler(input, handler, longestHookMs);
  if (success) tell(held, container.name, { kind: "post-start-done", id: run.id });
  else {
    warn(held, "FailedPostStartHook", `PostStartHook failed: ${output}`);
    run.process?.signal("SIGKILL");
  }
  wake();
}

/** Hooks end with their container at the latest. */
const longestHookMs = 3_600_000;

function runHandler(
  { host, held, container }: ActionInput,
  handler: HandlerSpec,
  timeoutMs: number,
): Promise<ProbeAnswer> {
  const run = held.runs.get(container.name)!;
  // Where nothing stands for the image, whoever asks is told what it wants to hear.
  if (run.process === undefined) return Promise.resolve({ success: true, output: "" });
  return host.probe(askedOfAgent(handler, held.runs), timeoutMs, {
    container,
    address: held.address,
    localPort: (port) => host.network.places.podPort(held.uid, port),
    exec: (command, ms) => execCommand(host, held, run, command, ms),
    wait: (ms) => new Promise((resolve) => void host.clock.after(ms, resolve)),
  });
}
