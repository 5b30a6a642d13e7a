import type { JsonObject } from "@fairlead/apimachinery";

/**
 * What becomes of pods on the nodes that kwok plays. A pod is Running and ready at once, and a Job's pod Succeeded,
 * unless the annotation `fairlead.test/pod` of the pod, or the tag of an image, says otherwise:
 *
 *   crash-loop          its containers end with exit code 1 again and again: CrashLoopBackOff, up to five restarts
 *   image-pull-failure  Pending, ImagePullBackOff
 *   never-ready         Running, but not ready
 *   fail                ends at once with exit code 1, phase Failed (for Jobs)
 *   keeps-running       Running and ready; the Job that owns it does not complete
 *
 * The annotation `fairlead.test/delay` (`500ms`, `2s`) delays becoming ready.
 */
export const podBehaviours = ["crash-loop", "image-pull-failure", "never-ready", "fail", "keeps-running"] as const;
export type PodBehaviour = (typeof podBehaviours)[number];

export const podAnnotation = "fairlead.test/pod";
export const podDelayAnnotation = "fairlead.test/delay";

type Expression = { readonly key: string; readonly operator: string; readonly values?: readonly string[] };

const alive: Expression = { key: ".metadata.deletionTimestamp", operator: "DoesNotExist" };
const dying: Expression = { key: ".metadata.deletionTimestamp", operator: "Exists" };
const fresh: Expression = { key: ".status.podIP", operator: "DoesNotExist" };
const phase = (...values: string[]): Expression => ({ key: ".status.phase", operator: "In", values });
/** Of several values an expression gives, one that is among `values` is enough. */
const behaviourKey = `.metadata.annotations["${podAnnotation}"], (.spec.containers[].image | split(":") | last)`;
const behaves = (...values: PodBehaviour[]): Expression => ({ key: behaviourKey, operator: "In", values });
const behavesNot = (...values: PodBehaviour[]): Expression => ({ key: behaviourKey, operator: "NotIn", values });

interface StageText {
  readonly when: readonly Expression[];
  readonly status?: string;
  readonly delete?: boolean;
  readonly delay?: JsonObject;
  readonly event?: JsonObject;
}

function stage(name: string, { when, status, delete: isDelete, delay, event }: StageText): JsonObject {
  return {
    apiVersion: "kwok.x-k8s.io/v1alpha1",
    kind: "Stage",
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: "v1", kind: "Pod" },
      selector: { matchExpressions: when as unknown as JsonObject[] },
      ...(delay === undefined ? {} : { delay }),
      next: {
        ...(status === undefined ? {} : { statusTemplate: `{{ $now := Now }}{{ $root := . }}\n${status}` }),
        ...(isDelete === true ? { delete: true } : {}),
        ...(event === undefined ? {} : { event }),
      },
    },
  };
}

const conditions = (ready: boolean, initialized = true): string => `
conditions:
- { type: Initialized, status: "${initialized ? "True" : "False"}", lastTransitionTime: {{ $now | Quote }} }
- { type: Ready, status: "${ready ? "True" : "False"}", lastTransitionTime: {{ $now | Quote }}${ready ? "" : ", reason: ContainersNotReady"} }
- { type: ContainersReady, status: "${ready ? "True" : "False"}", lastTransitionTime: {{ $now | Quote }}${ready ? "" : ", reason: ContainersNotReady"} }
`;

const gates = `{{ range .spec.readinessGates }}
- { type: {{ .conditionType | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }} }
{{ end }}`;

const addresses = `
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}
startTime: {{ $now | Quote }}
`;

/** The statuses of containers; `state` and the rest of the fields as YAML in flow style. */
const containers = (fields: string, state: string): string => `
containerStatuses:
{{ range .spec.containers }}
- { name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ${fields}, state: ${state} }
{{ end }}
`;

const initContainersDone = `
initContainerStatuses:
{{ range .spec.initContainers }}
{{ if eq ( or .restartPolicy "" ) "Always" }}
- { name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: true, started: true, restartCount: 0, state: { running: { startedAt: {{ $now | Quote }} } } }
{{ else }}
- { name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: true, started: false, restartCount: 0, state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } } }
{{ end }}
{{ end }}
`;

const running = "{ running: { startedAt: {{ $now | Quote }} } }";
const ended = (exitCode: number, reason: string): string =>
  `{ terminated: { exitCode: ${exitCode}, reason: ${reason}, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }`;
const waiting = (reason: string, message: string): string =>
  `{ waiting: { reason: ${reason}, message: "${message}" } }`;

const crashed = (restarts: string): string =>
  conditions(false) +
  containers(
    `ready: false, started: false, restartCount: ${restarts}, lastState: ${ended(1, "Error")}`,
    waiting("CrashLoopBackOff", "back-off restarting failed container"),
  ) +
  "phase: Running\n";

const delay: JsonObject = {
  durationMilliseconds: 0,
  durationFrom: { expressionFrom: `.metadata.annotations["${podDelayAnnotation}"]` },
};

export const podStages: readonly JsonObject[] = [
  stage("ready", {
    when: [alive, fresh, behavesNot("crash-loop", "image-pull-failure", "never-ready", "fail")],
    delay,
    status:
      conditions(true) +
      gates +
      containers("ready: true, started: true, restartCount: 0", running) +
      initContainersDone +
      addresses +
      "phase: Running\n",
  }),
  stage("never-ready", {
    when: [alive, fresh, behaves("never-ready")],
    status:
      conditions(false) +
      containers("ready: false, started: true, restartCount: 0", running) +
      initContainersDone +
      addresses +
      "phase: Running\n",
  }),
  stage("image-pull-failure", {
    when: [alive, fresh, behaves("image-pull-failure")],
    status:
      conditions(false) +
      containers(
        "ready: false, started: false, restartCount: 0",
        waiting("ImagePullBackOff", "Back-off pulling image: not found"),
      ) +
      addresses +
      "phase: Pending\n",
    event: { type: "Warning", reason: "Failed", message: "Error: ImagePullBackOff" },
  }),
  stage("crash", {
    when: [alive, fresh, behaves("crash-loop")],
    status: crashed("1") + initContainersDone + addresses,
    event: { type: "Warning", reason: "BackOff", message: "Back-off restarting failed container" },
  }),
  stage("crash-again", {
    when: [
      alive,
      behaves("crash-loop"),
      { key: ".status.containerStatuses[0].restartCount | . != null and . < 5", operator: "In", values: ["true"] },
    ],
    delay: { durationMilliseconds: 300 },
    status: crashed("{{ add1 ( index $root.status.containerStatuses 0 ).restartCount }}"),
  }),
  stage("fail", {
    when: [alive, fresh, behaves("fail")],
    status:
      conditions(false) +
      containers("ready: false, started: false, restartCount: 0", ended(1, "Error")) +
      initContainersDone +
      addresses +
      "phase: Failed\n",
  }),
  stage("complete", {
    when: [
      alive,
      phase("Running"),
      behavesNot("keeps-running", "crash-loop", "never-ready"),
      { key: ".metadata.ownerReferences.[].kind", operator: "In", values: ["Job"] },
    ],
    status:
      conditions(false) +
      containers("ready: false, started: false, restartCount: 0", ended(0, "Completed")) +
      "phase: Succeeded\n",
  }),
  // A Job keeps its pod by a finalizer until it has seen how the pod ended, so a pod ends before it goes.
  stage("end", {
    when: [dying, phase("Pending", "Running"), { key: ".metadata.finalizers", operator: "Exists" }],
    status:
      conditions(false) +
      containers("ready: false, started: false, restartCount: 0", ended(137, "Error")) +
      "phase: Failed\n",
  }),
  stage("delete", {
    when: [dying, { key: ".metadata.finalizers", operator: "DoesNotExist" }],
    delete: true,
  }),
];
