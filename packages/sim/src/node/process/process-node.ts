import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { equal, get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { newUid } from "../../api/registry/metadata.ts";
import { splitKey } from "../../controllers/common/objects.ts";
import { isNotFound } from "../../controllers/common/pod-control.ts";
import type { Api, Controller, ControllerContext, Outcome } from "../../controllers/controller.ts";
import { earliest } from "../simulated/container-state.ts";
import { commandsOf, isProcessPod, type Commands } from "./commands.ts";
import type { Lookup } from "./env/container-env.ts";
import type { PodFacts } from "./env/field-value.ts";
import { recordsOf, type HeldPod } from "./held-pod.ts";
import type { NodeHost } from "./node-host.ts";
import { performAction, runPostStart } from "./perform-action.ts";
import { planProcessPod, podTextOf, type ProcessPodPlan } from "./plan-process-pod.ts";
import { asPod, containersOf, isSidecar, type ProcessPod } from "./pod-types.ts";
import type { LocalProcess } from "./process-runner.ts";
import { processStatus } from "./process-status.ts";
import { killStragglers } from "./kill-stragglers.ts";
import { startContainer } from "./start-container.ts";
import type { Action } from "./step-container.ts";
import { podTokens } from "./volumes/pod-tokens.ts";
import { podVolumes } from "./volumes/pod-volumes.ts";

export interface ProcessNode {
  /** Its control loop: a kubelet for pods with processes. */
  readonly controller: Controller;
  runs(pod: JsonObject): boolean;
  held(uid: string): HeldPod | undefined;
  /** Ends all processes and lets go of what they had; `graceMs` of the machine's time to end by themselves, none unless told. */
  close(graceMs?: number): Promise<void>;
}

/** More steps than any pod takes at one moment. */
const mostSteps = 50;
const volumeRetryMs = 10_000;
const hostAddress = "127.0.0.1";

/** Runs the containers of pods that have local commands, on all nodes of the cluster. */
export function processNode(host: NodeHost): ProcessNode {
  const pods = new Map<string, HeldPod>();
  const tokens = podTokens();
  let enqueue: (key: string) => void = () => {};
  let isClosed = false;
  const isOurs = (pod: JsonObject): boolean => isProcessPod(asPod(pod)) && textOf(get(pod["spec"], "nodeName")) !== "";

  async function reconcile(key: string, context: ControllerContext): Promise<Outcome> {
    const { api, now } = context;
    const object = api.get("pods", splitKey(key));
    const uid = textOf(get(object?.["metadata"], "uid"));
    for (const held of pods.values()) if (held.key === key && held.uid !== uid) await drop(held);
    if (isClosed || object === undefined || !isOurs(object)) return undefined;
    const pod = asPod(object);
    const isEnding = pod.metadata.deletionTimestamp !== undefined;
    if (!isEnding && (pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed")) return undefined;
    const held = pods.get(uid) ?? (await hold(pod, key, now));
    const allocatable = allocatableOf(api, pod);
    const facts: PodFacts = { pod, address: held.address, hostAddress, allocatable };
    const volumes = isEnding ? { isReady: true, wakeAt: undefined } : await syncVolumes(held, facts, context);
    const plan = await advance(held, facts, context, volumes.isReady);
    const status = processStatus({ pod, plan, now: host.clock.now(), address: held.address, hostAddress });
    if (!equal(status, object["status"])) await api.updateStatus("pods", { ...object, status });
    tellEvents(object, held, plan, context);
    if (plan.gone) {
      await drop(held);
      await remove(api, key, uid);
      return undefined;
    }
    const wakeAt = earliest(plan.wakeAt, volumes.wakeAt);
    return wakeAt === undefined ? undefined : { afterMs: Math.max(1, wakeAt - host.clock.now()) };
  }

  /** Goes from one thing to do to the next until there is nothing more to do at this moment. */
  async function advance(
    held: HeldPod,
    facts: PodFacts,
    context: ControllerContext,
    isReady: boolean,
  ): Promise<ProcessPodPlan> {
    const { pod } = facts;
    const commands = commandsOf(pod);
    for (let step = 1; ; step++) {
      const plan = planProcessPod(pod, held.records, host.clock.now());
      held.records = plan.records;
      held.events.push(...plan.events);
      const actions = plan.actions.filter((action) => isReady || action.kind !== "start");
      if (actions.length === 0 || step >= mostSteps) return plan;
      for (const action of actions) await perform(action, held, facts, commands, context);
    }
  }

  async function perform(
    action: Action,
    held: HeldPod,
    facts: PodFacts,
    commands: Commands,
    { api, random }: ControllerContext,
  ): Promise<void> {
    const { pod } = facts;
    const container = containersOf(pod).find(({ name }) => name === action.container)!;
    const wake = (): void => enqueue(held.key);
    const input = { host, held, container, wake };
    if (action.kind !== "start") return performAction(action, input);
    await startContainer({
      ...input,
      facts,
      commands,
      lookup: lookupIn(api, pod),
      isTask: (pod.spec.initContainers ?? []).includes(container) && !isSidecar(container),
      newId: () => `${newUid(random)}${newUid(random)}`.replaceAll("-", ""),
    });
    void runPostStart(input);
  }

  async function hold(pod: ProcessPod, key: string, now: number): Promise<HeldPod> {
    const { uid, namespace } = pod.metadata;
    const { folder, claims } = host.files();
    const own = path.join(folder, "pods", uid);
    mkdirSync(own, { recursive: true, mode: 0o700 });
    const held: HeldPod = {
      key,
      uid,
      address: await host.network.places.addPod(uid, pod.status?.podIP, portsOf(pod)),
      folder: own,
      volumes: podVolumes(own, path.join(claims, namespace)),
      records: recordsOf(pod, now),
      runs: new Map(),
      previous: new Map(),
      commands: new Set(),
      events: [],
      backOffs: new Set(),
      problems: new Set(),
      isDropped: false,
    };
    pods.set(uid, held);
    return held;
  }

  /** Whatever still runs is killed, and nothing of it stays. */
  async function drop(held: HeldPod): Promise<void> {
    held.isDropped = true;
    const running = [...held.commands, ...processesOf(held)];
    for (const process of running) process.signal("SIGKILL");
    await Promise.all(running.map(({ exit }) => exit));
    if (held.runs.size > 0) killStragglers(held.folder);
    rmSync(held.folder, { recursive: true, force: true, maxRetries: 3 });
    host.network.places.removePod(held.uid);
    tokens.forget(held.uid);
    pods.delete(held.uid);
  }

  async function syncVolumes(
    held: HeldPod,
    facts: PodFacts,
    { api, now }: ControllerContext,
  ): Promise<{ readonly isReady: boolean; readonly wakeAt: number | undefined }> {
    const { pod } = facts;
    const problems: string[] = [];
    let wakeAt: number | undefined;
    try {
      wakeAt = await tokens.fetch(pod, api, now);
      const found = held.volumes.sync(facts, lookupIn(api, pod), (wish) => tokens.get(held.uid, wish));
      for (const { volume, message } of found) {
        problems.push(`MountVolume.SetUp failed for volume ${JSON.stringify(volume)} : ${message}`);
      }
    } catch (error) {
      problems.push(`MountVolume.SetUp failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    for (const message of problems) {
      if (!held.problems.has(message)) held.events.push({ type: "Warning", reason: "FailedMount", message });
    }
    held.problems = new Set(problems);
    const isReady = problems.length === 0;
    return { isReady, wakeAt: isReady ? wakeAt : now + volumeRetryMs };
  }

  return {
    controller: {
      name: "kubelet",
      watches: [
        { collection: "pods", keys: (pod) => (isOurs(pod) ? [keyOf(pod)] : []) },
        // What volumes and variables are made of: only pods that are there need to hear of it.
        ...(["configmaps", "secrets"] as const).map((collection) => ({
          collection,
          keys: (object: JsonObject) => keysUsing(collection, object, [...pods.values()]),
        })),
      ],
      attach(add) {
        enqueue = add;
        return () => (enqueue = () => {});
      },
      reconcile,
    },
    runs: (pod) => isProcessPod(asPod(pod)),
    held: (uid) => pods.get(uid),
    async close(graceMs = 0) {
      isClosed = true;
      if (graceMs > 0) await endAll([...pods.values()].flatMap(processesOf), graceMs);
      await Promise.all([...pods.values()].map(drop));
    },
  };
}

function processesOf({ runs }: HeldPod): readonly LocalProcess[] {
  return [...runs.values()].flatMap(({ process }) => process ?? []);
}

async function endAll(processes: readonly LocalProcess[], graceMs: number): Promise<void> {
  for (const process of processes) process.signal("SIGTERM");
  const ended = Promise.all(processes.map(({ exit }) => exit));
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, graceMs)))]);
  clearTimeout(timer);
}

/** That it says it listens on. */
function portsOf(pod: ProcessPod): readonly number[] {
  const ports = containersOf(pod).flatMap((one) => one.ports ?? []);
  return [...new Set(ports.filter(({ protocol = "TCP" }) => protocol === "TCP").map((one) => one.containerPort))];
}

function keyOf(object: JsonObject): string {
  return `${textOf(get(object["metadata"], "namespace"))}/${textOf(get(object["metadata"], "name"))}`;
}

/** Pods of the object's namespace; each finds by itself that nothing of it has changed. */
function keysUsing(_collection: string, object: JsonObject, pods: readonly HeldPod[]): readonly string[] {
  const prefix = `${textOf(get(object["metadata"], "namespace"))}/`;
  return pods.filter(({ key }) => key.startsWith(prefix)).map(({ key }) => key);
}

function allocatableOf(api: Api, { spec }: ProcessPod): PodFacts["allocatable"] {
  const node = api.get("nodes", { namespace: "", name: spec.nodeName ?? "" });
  const amount = (resource: string): string => textOf(get(get(node?.["status"], "allocatable"), resource));
  return { cpu: amount("cpu") || "0", memory: amount("memory") || "0" };
}

function lookupIn(api: Api, { metadata }: ProcessPod): Lookup {
  return (collection, name) => api.get(collection, { namespace: metadata.namespace, name });
}

function tellEvents(object: JsonObject, held: HeldPod, plan: ProcessPodPlan, context: ControllerContext): void {
  for (const { type, reason, message } of held.events.splice(0)) context.event(object, type, reason, message);
  for (const name of plan.backOffs.keys()) {
    if (held.backOffs.has(name)) continue;
    const message = `Back-off restarting failed container ${name} in pod ${podTextOf(asPod(object))}`;
    context.event(object, "Warning", "BackOff", message);
  }
  held.backOffs = new Set(plan.backOffs.keys());
}

/** The pod is gone for good, unless somebody holds it by a finalizer. */
async function remove(api: Api, key: string, uid: string): Promise<void> {
  try {
    await api.delete("pods", splitKey(key), { gracePeriodSeconds: 0, preconditions: { uid } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
