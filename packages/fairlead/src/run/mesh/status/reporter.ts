import type { Clock, JsonObject } from "@fairlead/apimachinery";
import { refOf, type KrmObject } from "@fairlead/krm";
import { isKubeError } from "@fairlead/kube";
import type { PolicyReport } from "../../../plan/mesh/model/plan.ts";
import { errorFields, type Log } from "../../log.ts";
import type { Member } from "../../clusters/member.ts";
import { createWriter, type Writer } from "../clusters/writer.ts";
import type { MeshMetrics } from "../metrics.ts";
import { resourceFor } from "../write/resources.ts";
import { fieldManager, isRefusal } from "../write/take-step.ts";
import { exportStatus, isExportSaid } from "./export-status.ts";
import { isSaid, outcomeOf, policyStatus, type Outcome, type OutcomeParts } from "./status-of.ts";

export interface ReporterOptions extends OutcomeParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: MeshMetrics;
  readonly member: (cluster: string) => Member | undefined;
  /** Whether this process may write the status of an object now; `id` is the same in all processes. */
  readonly mayWrite: (id: string) => boolean;
  /** An attempt to write a status is over. */
  readonly onSettled?: () => void;
  /** Whether many objects wait to be written: a server that has enough to do gets those first. */
  readonly isBusy: () => boolean;
}

/** Tells users what became of their policies: in the status of each, and by an Event when that changes. */
export interface Reporter {
  /** What the newest plan of a key says: it takes the place of what the key said before. */
  report(key: string, reports: readonly PolicyReport[]): void;
  /** Looks again at everything that a key says: something went wrong, or well, with its writes. */
  again(key: string): void;
  /** Looks again at everything: this process may write now. */
  sweep(): void;
  all(): readonly PolicyReport[];
  drop(cluster: string): void;
  isIdle(): boolean;
  close(): Promise<void>;
}

interface StatusKind {
  readonly apiVersion: string;
  readonly statusOf: (object: KrmObject, outcome: Outcome, now: number) => JsonObject | undefined;
  readonly isSaid: (object: KrmObject, status: JsonObject) => boolean;
  /** False: another controller's conditions stay as they are. */
  readonly force: boolean;
}

const ofPolicy: StatusKind = { apiVersion: "admiral.io/v1alpha1", statusOf: policyStatus, isSaid, force: true };
const ofExport: StatusKind = {
  apiVersion: "multicluster.x-k8s.io/v1alpha1",
  statusOf: exportStatus,
  isSaid: isExportSaid,
  force: false,
};
/** Long enough for all keys of a change to have been planned, and for their writes to be first. */
const delayMs = 250;
/** How often, and for how long, a status gives way to what routes requests. */
const busyMs = 500;
const longestBusyMs = 30_000;

interface Subject {
  readonly object: PolicyReport["object"];
  readonly byKey: Map<string, PolicyReport>;
}

export function createReporter(options: ReporterOptions): Reporter {
  const { clock, random, log, metrics, member, mayWrite } = options;
  const subjects = new Map<string, Subject>();
  const subjectsOf = new Map<string, readonly string[]>();
  const writers = new Map<string, Writer>();
  /** Statuses that a cluster does not keep as they are sent: its definition has no place for them. */
  const unkept = new Map<string, string>();
  /** Until when statuses give way. */
  let giveWayUntil: number | undefined;
  /** Those that do: one look for all of them, there may be thousands. */
  const parked = new Set<string>();
  let cancelLook: (() => void) | undefined;

  /** Each status is a write, and its Event another one: as many as a policy needs otherwise. */
  function givesWay(): boolean {
    if (!options.isBusy()) {
      giveWayUntil = undefined;
      return false;
    }
    giveWayUntil ??= clock.monotonic() + longestBusyMs;
    return clock.monotonic() < giveWayUntil;
  }

  function park(id: string): void {
    parked.add(id);
    cancelLook ??= clock.after(busyMs, lookAtParked);
  }

  function lookAtParked(): void {
    cancelLook = undefined;
    if (givesWay()) {
      cancelLook = clock.after(busyMs, lookAtParked);
      return;
    }
    const ids = [...parked];
    parked.clear();
    for (const id of ids) writers.get(subjects.get(id)?.object.cluster ?? "")?.add(id);
    options.onSettled?.();
  }

  function report(key: string, reports: readonly PolicyReport[]): void {
    const before = subjectsOf.get(key) ?? [];
    if (before.length === 0 && reports.length === 0) return;
    const now = reports.map((one) => {
      const id = idOf(one.object);
      const subject = subjects.get(id) ?? { object: one.object, byKey: new Map<string, PolicyReport>() };
      subjects.set(id, subject);
      subject.byKey.set(key, one);
      return id;
    });
    for (const id of before) {
      if (now.includes(id)) continue;
      subjects.get(id)?.byKey.delete(key);
      if (subjects.get(id)?.byKey.size === 0) subjects.delete(id);
    }
    if (now.length > 0) subjectsOf.set(key, now);
    else subjectsOf.delete(key);
    for (const id of now) due(id);
  }

  function due(id: string): void {
    const subject = subjects.get(id);
    if (subject === undefined || parked.has(id) || !mayWrite(id)) return;
    const { cluster } = subject.object;
    if (!writers.has(cluster)) {
      const writer = createWriter({
        cluster,
        concurrency: 4,
        clock,
        random,
        work,
        onError,
        onSettled: () => options.onSettled?.(),
      });
      writers.set(cluster, writer);
    }
    writers.get(cluster)!.addAfter(id, delayMs);
  }

  const onError = (id: string, error: unknown, retryMs: number): void =>
    log.warn({ status: id, error: errorFields(error), retryMs: Math.round(retryMs) }, "a status could not be written");

  async function work(id: string, signal: AbortSignal): Promise<number | undefined> {
    const subject = subjects.get(id);
    if (subject === undefined || !mayWrite(id)) return undefined;
    if (givesWay()) {
      park(id);
      return undefined;
    }
    const at = member(subject.object.cluster);
    const outcome = outcomeOf(subject.byKey, options);
    if (outcome === undefined || at === undefined) return undefined;
    const client = at.client();
    const { kind, namespace, name } = subject.object;
    const { apiVersion, statusOf, isSaid: isKept, force } = kind === "ServiceExport" ? ofExport : ofPolicy;
    const object = at.find({ apiVersion, kind }, { namespace, name });
    if (
      client === undefined ||
      object === undefined ||
      at.isPaused() ||
      object.metadata["generation"] !== outcome.generation
    ) {
      // What was reported on is not what is there: another report comes.
      return undefined;
    }
    const status = statusOf(object, outcome, clock.now());
    if (status === undefined || unkept.get(id) === contentOf(outcome)) return undefined;
    const resource = await resourceFor(client, { apiVersion, kind });
    if (resource.subresources?.includes("status") === false) return undefined;
    const { uid = "" } = object.metadata;
    const said = { apiVersion: object.apiVersion, kind, metadata: { namespace, name, uid }, status };
    try {
      const answer = await client.apply(resource, said, {
        fieldManager,
        fieldValidation: "Ignore",
        force,
        subresource: "status",
        signal,
      });
      metrics.wrote("apply", "status", "ok");
      if (!isKept(answer, status)) unkept.set(id, contentOf(outcome));
    } catch (error) {
      if (isKubeError(error, "not-found", "conflict")) return undefined;
      metrics.wrote("apply", "status", isRefusal(error) ? "refused" : "failed");
      if (isRefusal(error)) {
        unkept.set(id, contentOf(outcome));
        return undefined;
      }
      throw error;
    }
    tell(at, object, outcome);
    return undefined;
  }

  function tell(at: Member, object: KrmObject, { accepted, reason, message }: Outcome): void {
    const uid = object.metadata["uid"];
    const about = { ...refOf(object), ...(typeof uid === "string" && { uid }) };
    at.events()?.record(about, { type: accepted ? "Normal" : "Warning", reason, message, action: "Plan" });
  }

  return {
    report,
    again: (key) => subjectsOf.get(key)?.forEach(due),
    sweep: () => [...subjects.keys()].forEach(due),
    all: () => [...subjects.values()].flatMap(({ byKey }) => [...byKey.values()]),
    drop(cluster) {
      void writers.get(cluster)?.close();
      writers.delete(cluster);
    },
    isIdle: () =>
      parked.size === 0 && [...writers.values()].every((one) => one.isIdle() && one.metrics().delayed === 0),
    async close() {
      cancelLook?.();
      await Promise.all([...writers.values()].map((one) => one.close()));
    },
  };
}

/** Begins with the cluster: `status:eu/GlobalTrafficPolicy/shop/orders`. */
function idOf({ cluster, kind, namespace, name }: PolicyReport["object"]): string {
  return `status:${cluster}/${kind}/${namespace}/${name}`;
}

function contentOf(outcome: Outcome): string {
  return JSON.stringify(outcome);
}
