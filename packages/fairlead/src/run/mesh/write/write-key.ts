import { refOf, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { isKubeError } from "@fairlead/kube";
import type { Fleet, MeshKey } from "../../../plan/mesh/model/fleet.ts";
import type { ClusterPlan, MeshPlan } from "../../../plan/mesh/model/plan.ts";
import type { Version } from "../../clusters/expectations.ts";
import type { Member } from "../../clusters/member.ts";
import { meshRunFinding } from "../findings.ts";
import type { MeshMetrics } from "../metrics.ts";
import type { Answers } from "./answers.ts";
import type { Pace } from "./pace.ts";
import { idOf, type Seen, type Step } from "./steps.ts";
import { isForeign, isRefusal, takeStep, type StepContext } from "./take-step.ts";
import type { UnderWay } from "./under-way.ts";
import { stepsBeside } from "./withheld.ts";

export interface WriteContext {
  readonly member: Member;
  readonly fleet: () => Fleet;
  readonly planOf: (key: MeshKey) => MeshPlan;
  /** Whether this process may write the key at this moment. */
  readonly mayWrite: (key: MeshKey) => boolean;
  readonly version: (object: ObjectRef) => Version | undefined;
  readonly pace: Pace;
  readonly answers: Answers;
  readonly metrics: MeshMetrics;
  /** Makes sure that a namespace is there. */
  readonly ensureNamespace: (name: string, signal: AbortSignal) => Promise<void>;
  /** What is wrong with the key in this cluster now. */
  readonly onProblems: (key: MeshKey, problems: readonly Finding[]) => void;
  readonly onWritten: (key: MeshKey, step: Step) => void;
  readonly underWay: UnderWay;
}

const refusedMs = 60_000;
/** By then a watch has told of what a write has met. */
const foreignMs = 1_000;

/** What is needed in a cluster for a plan: nothing where nothing may be written, and no deletion unless all is in view. */
export function neededSteps(
  plan: ClusterPlan,
  key: MeshKey,
  context: Pick<WriteContext, "member" | "fleet" | "answers">,
): Step[] {
  const { member, answers } = context;
  const fleet = context.fleet();
  const view = member.view();
  if (view === "paused" || view === "unread" || member.isPaused()) return [];
  const seen: Seen = {
    written: fleet.written(key).filter(({ cluster }) => cluster === member.name),
    sidecars: (namespace) => fleet.sidecars(member.name, namespace),
    isAsAnswered: (desired, { object }) =>
      answers.isKnown(`${member.name} ${idOf(desired.apiVersion, refOf(desired))}`, desired, object),
  };
  const steps = stepsBeside(plan, seen, (object) => isForeign(foundIn(member, object)));
  return view === "current" ? steps : steps.filter(({ kind }) => kind !== "delete");
}

/**
 * Makes one cluster hold what the newest plan of a key says. Resolves with the milliseconds after which to look again,
 * if something may be better then; throws what is worth trying again soon.
 */
export async function writeKey(key: MeshKey, context: WriteContext, signal: AbortSignal): Promise<number | undefined> {
  const { member, mayWrite, pace, answers, metrics } = context;
  if (!mayWrite(key)) return undefined;
  const client = member.client();
  const plan = context.planOf(key);
  const own = plan.clusters.find(({ cluster }) => cluster === member.name);
  if (client === undefined || own === undefined) return undefined;
  const problems: Finding[] = [];
  let againMs: number | undefined;
  const again = (ms: number): void => void (againMs = Math.min(againMs ?? ms, ms));
  const stepContext: StepContext = {
    client,
    mode: context.fleet().settings.mode,
    signal,
    found: (object) => foundIn(member, object),
    version: context.version,
    wrote: (object) => member.wrote(object),
    removed: (object, uid) => member.removed(object, uid),
    count: (verb, kind, outcome) => metrics.wrote(verb, kind, outcome),
  };
  for (const step of neededSteps(own, key, context)) {
    if (signal.aborted || !mayWrite(key)) return undefined;
    // A cluster that came into the registry since may need what was to go.
    if (step.kind === "delete" && !isComplete(context, key)) continue;
    // An object of one name is another one in each cluster.
    const id = `${member.name} ${idOf(step.object.apiVersion, step.object)}`;
    const heldMs = pace.take(id);
    if (heldMs > 0) {
      problems.push(
        meshRunFinding("FL847", {
          message: `cluster ${member.name}: ${nameOf(step.object)} was changed too often within a minute`,
          object: step.object,
        }),
      );
      again(heldMs);
      continue;
    }
    const end = "desired" in step ? context.underWay.begin(member.name, step.desired) : undefined;
    try {
      if (step.kind === "create") await context.ensureNamespace(step.object.namespace ?? "", signal);
      const isNews = !isForeign(stepContext.found(step.object));
      const result = await takeStep(step, stepContext);
      if (result.kind === "foreign") {
        problems.push(foreignFinding(member.name, step.object));
        // Its rules were written before it was known.
        if (isNews && step.object.kind === "ServiceEntry") again(foreignMs);
      }
      if (result.kind === "otherwise" && "desired" in step) answers.learn(id, step.desired, result.answer);
      if (result.kind !== "foreign") context.onWritten(key, step);
    } catch (error) {
      // One object that is refused must not keep the others of the key from being written.
      if (!isRefusal(error) || !isKubeError(error)) throw error;
      problems.push(
        meshRunFinding("FL846", { message: `cluster ${member.name}: ${error.message}`, object: step.object }),
      );
      again(refusedMs);
    } finally {
      end?.();
    }
  }
  context.onProblems(key, problems);
  return againMs;
}

/** What a watch has told of an object, whoever's it is. */
function foundIn(member: Member, { apiVersion, kind, namespace, name }: ObjectRef): KrmObject | undefined {
  return member.find({ apiVersion, kind }, { ...(namespace !== undefined && { namespace }), name });
}

/** Whether all is in view by now that a deletion follows from. */
function isComplete({ planOf, member }: WriteContext, key: MeshKey): boolean {
  return planOf(key).clusters.find(({ cluster }) => cluster === member.name)?.complete === true;
}

function foreignFinding(cluster: string, object: ObjectRef): Finding {
  return meshRunFinding("FL845", { message: `cluster ${cluster}: ${nameOf(object)} is somebody else's`, object });
}

const nameOf = ({ kind, namespace = "", name }: ObjectRef): string => `${kind} ${namespace}/${name}`;
