import type { JsonObject } from "@fairlead/apimachinery";

/** An object that is stored, and the status that is written afterwards. */
export interface TableObject {
  readonly object: JsonObject;
  readonly status?: JsonObject;
}

export const times = {
  long: "2020-02-29T10:00:00Z",
  days: new Date(Date.now() - 5 * 86_400_000).toISOString().replace(/\.\d+Z/, "Z"),
  minutes: new Date(Date.now() - 300_000).toISOString().replace(/\.\d+Z/, "Z"),
};

export const container = (name: string): JsonObject => ({ name, image: `registry.example/${name}:1` });

function pod(name: string, spec: JsonObject, status: JsonObject | undefined): TableObject {
  const object = { apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { containers: [container("a")], ...spec } };
  return status === undefined ? { object } : { object, status };
}

function containerStatus(name: string, more: JsonObject): JsonObject {
  return { name, image: "i", imageID: "", ready: false, restartCount: 0, ...more };
}

const terminated = (exitCode: number, more: JsonObject = {}): JsonObject => ({
  terminated: { exitCode, startedAt: times.days, finishedAt: times.minutes, ...more },
});
const running: JsonObject = { running: { startedAt: times.days } };
const twoContainers = { containers: [container("a"), container("b")] };
const sidecar = { ...container("side"), restartPolicy: "Always" };

export function pods(): readonly TableObject[] {
  const ready: JsonObject = { type: "Ready", status: "True" };
  const init = { initContainers: [container("first"), container("second")] };
  return [
    pod("plain", {}, undefined),
    pod(
      "wide",
      { nodeName: "node-1", readinessGates: [{ conditionType: "x/y" }, { conditionType: "x/z" }] },
      {
        phase: "Running",
        podIP: "10.0.0.1",
        podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }],
        conditions: [
          { type: "x/y", status: "True" },
          { type: "x/z", status: "False" },
        ],
      },
    ),
    pod("nominated", {}, { phase: "Pending", nominatedNodeName: "node-2" }),
    pod("gated", { schedulingGates: [{ name: "example.com/gate" }] }, undefined),
    pod("running", twoContainers, {
      phase: "Running",
      conditions: [ready],
      containerStatuses: [
        containerStatus("a", { ready: true, state: running, restartCount: 3, lastState: terminated(1) }),
        containerStatus("b", { ready: true, state: running }),
      ],
    }),
    pod(
      "crashing",
      {},
      {
        phase: "Running",
        containerStatuses: [
          containerStatus("a", {
            restartCount: 12,
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: terminated(2),
          }),
        ],
      },
    ),
    pod(
      "completed",
      { restartPolicy: "Never" },
      {
        phase: "Succeeded",
        containerStatuses: [containerStatus("a", { state: terminated(0, { reason: "Completed" }) })],
      },
    ),
    pod(
      "failed",
      { restartPolicy: "Never" },
      {
        phase: "Failed",
        containerStatuses: [containerStatus("a", { state: terminated(3, { reason: "Error" }) })],
      },
    ),
    pod("evicted", {}, { phase: "Failed", reason: "Evicted" }),
    pod(
      "signal",
      { restartPolicy: "Never" },
      {
        phase: "Failed",
        containerStatuses: [containerStatus("a", { state: terminated(137, { signal: 9 }) })],
      },
    ),
    pod(
      "exit-code",
      { restartPolicy: "Never" },
      {
        phase: "Failed",
        containerStatuses: [containerStatus("a", { state: terminated(7) })],
      },
    ),
    pod(
      "half-done",
      { ...twoContainers, restartPolicy: "Never" },
      {
        phase: "Running",
        conditions: [{ type: "Ready", status: "False" }],
        containerStatuses: [
          containerStatus("a", { state: terminated(0, { reason: "Completed" }) }),
          containerStatus("b", { ready: true, state: running }),
        ],
      },
    ),
    pod(
      "half-done-ready",
      { ...twoContainers, restartPolicy: "Never" },
      {
        phase: "Running",
        conditions: [ready],
        containerStatuses: [
          containerStatus("a", { state: terminated(0, { reason: "Completed" }) }),
          containerStatus("b", { ready: true, state: running }),
        ],
      },
    ),
    pod(
      "half-failed",
      { ...twoContainers, restartPolicy: "Never" },
      {
        phase: "Failed",
        containerStatuses: [
          containerStatus("a", { state: terminated(0, { reason: "Completed" }) }),
          containerStatus("b", { state: terminated(4, { reason: "OOMKilled" }) }),
        ],
      },
    ),
    pod("initializing", init, {
      phase: "Pending",
      initContainerStatuses: [
        containerStatus("first", { restartCount: 2, state: terminated(0), lastState: terminated(1) }),
        containerStatus("second", { state: { waiting: { reason: "PodInitializing" } } }),
      ],
    }),
    pod("init-failed", init, {
      phase: "Pending",
      initContainerStatuses: [
        containerStatus("first", {
          restartCount: 4,
          state: terminated(1, { reason: "Error" }),
          lastState: terminated(1),
        }),
      ],
    }),
    pod("init-signal", init, {
      phase: "Pending",
      initContainerStatuses: [containerStatus("first", { state: terminated(1, { signal: 15 }) })],
    }),
    pod("init-exit", init, {
      phase: "Pending",
      initContainerStatuses: [containerStatus("first", { state: terminated(9) })],
    }),
    pod("init-pull", init, {
      phase: "Pending",
      initContainerStatuses: [containerStatus("first", { state: { waiting: { reason: "ErrImagePull" } } })],
    }),
    pod(
      "sidecar",
      { initContainers: [sidecar, container("second")] },
      {
        phase: "Running",
        initContainerStatuses: [
          containerStatus("side", {
            ready: true,
            started: true,
            restartCount: 5,
            state: running,
            lastState: terminated(1),
          }),
          containerStatus("second", { state: terminated(0), restartCount: 1 }),
        ],
        containerStatuses: [containerStatus("a", { ready: true, restartCount: 2, state: running })],
      },
    ),
    pod(
      "sidecar-starting",
      { initContainers: [sidecar] },
      {
        phase: "Pending",
        initContainerStatuses: [containerStatus("side", { started: false, state: running })],
      },
    ),
  ];
}
