import { get, parseDuration, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/**
 * How the containers of a simulated pod behave. Annotations of the pod say it, for all of its containers or for one
 * (`sim.fairlead.dev/run-for.migrate: 3s`).
 */
export interface Behaviour {
  /** Until a container runs once its image is there; 0 unless told. */
  readonly startDelayMs: number;
  /** From running to ready, besides what the probes wait for. */
  readonly readyDelayMs: number;
  /** After which the container ends by itself; undefined: it runs until it is stopped. */
  readonly runForMs: number | undefined;
  readonly exitCode: number;
  /** When it is stopped: that of the signal unless told. */
  readonly stopExitCode: number;
  /** From the signal to the end. */
  readonly stopDelayMs: number;
  /** The image cannot be had. */
  readonly imageMissing: boolean;
  /** Never ready. */
  readonly unready: boolean;
}

const prefix = "sim.fairlead.dev/";

export function behaviourOf(pod: JsonObject, container: string): Behaviour {
  const annotations = get(pod["metadata"], "annotations");
  const said = (key: string): string =>
    textOf(get(annotations, `${prefix}${key}.${container}`) ?? get(annotations, `${prefix}${key}`));
  const duration = (key: string): number | undefined => milliseconds(said(key));
  const code = (otherwise: number): number => (/^\d+$/.test(said("exit-code")) ? Number(said("exit-code")) : otherwise);
  const runFor = duration("run-for");
  const endsByItself = runFor !== undefined || isTask(pod, container);
  return {
    startDelayMs: duration("start-delay") ?? 0,
    readyDelayMs: duration("ready-delay") ?? 0,
    runForMs: endsByItself ? (runFor ?? 0) : undefined,
    exitCode: code(0),
    stopExitCode: code(128 + 15),
    stopDelayMs: duration("stop-delay") ?? 0,
    imageMissing: said("image") === "missing",
    unready: said("ready") === "never",
  };
}

function milliseconds(text: string): number | undefined {
  const duration = text === "" ? undefined : parseDuration(text);
  return duration === undefined ? undefined : Number(duration / 1_000_000n);
}

/** Containers of jobs, and init containers that are no sidecars, do their work and end. */
function isTask(pod: JsonObject, container: string): boolean {
  const inits = get(pod["spec"], "initContainers");
  const init = (Array.isArray(inits) ? inits : []).find((one) => get(one, "name") === container);
  if (init !== undefined) return get(init, "restartPolicy") !== "Always";
  const owners = get(pod["metadata"], "ownerReferences");
  return (Array.isArray(owners) ? owners : []).some(
    (one) => get(one, "kind") === "Job" && get(one, "controller") === true,
  );
}

/** How long the probes of a container wait before it is ready, as a kubelet that is answered at once would. */
export function probeDelayMs(container: JsonValue): number {
  const of = (probe: JsonValue | undefined): number => {
    const seconds = get(probe, "initialDelaySeconds");
    return probe === undefined ? 0 : (typeof seconds === "number" ? seconds : 0) * 1000;
  };
  return of(get(container, "startupProbe")) + of(get(container, "readinessProbe"));
}
