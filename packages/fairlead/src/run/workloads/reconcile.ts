import { compareText } from "@fairlead/apimachinery";
import { formatRef, isError, refOf, type KrmObject } from "@fairlead/krm";
import {
  apiVersionOf,
  destructionOf,
  parentState,
  servedKinds,
  type ApplySetOptions,
  type Resource,
  type ServedKinds,
} from "@fairlead/kube";
import type { PlannedOne } from "../../compile/incremental.ts";
import { version } from "../../version.ts";
import { unnamedSetId } from "../unnamed-set.ts";
import type { ReconcileContext } from "../controller.ts";
import { runFinding } from "../findings.ts";
import { after, done, type Outcome } from "../outcome.ts";
import { applyDesired, fieldManager, type Applied } from "./apply.ts";
import { isNews, statusOf } from "./conditions.ts";
import { desiredOf } from "./desired.ts";
import { judgeChild } from "./judge-child.ts";
import { verdictOfApply, verdictOfChildren, wordsOf, type Verdict } from "./verdict.ts";
import { isBeingDeleted, keyOf, notServedMs, type View } from "./view.ts";
import { finalizer, finalizersOf, writeFinalizer, writeStatus } from "./write.ts";

type Context = ReconcileContext<View>;

/** How long until it is tried again what somebody else has to make possible, without telling us. */
const refusedMs = notServedMs + 1_000;
const incompleteMs = 5_000;
const deletingMs = 2_000;

/** One declaration: plans it, applies what it wants, and says how it stands. */
export async function reconcileDeclaration(key: string, context: Context): Promise<Outcome> {
  const declaration = context.state.declaration(key);
  // What it made goes with it: the garbage collector sees to that, or the finalizer did.
  if (declaration === undefined) return done;
  const resource = context.state.resourceOf(declaration.kind);
  if (resource === undefined) return done;
  if (isBeingDeleted(declaration)) return finalize(key, declaration, resource, context);
  const planned = context.state.plan(declaration);
  if (planned === undefined) return done;
  const { verdict, outcome } = await apply(key, declaration, planned, resource, context);
  await report(declaration, resource, verdict, context, workloadOf(declaration, planned));
  if (verdict.kind === "interrupted") throw new Error(wordsOf(verdict).message);
  return outcome;
}

interface Step {
  readonly verdict: Verdict;
  readonly outcome: Outcome;
}

async function apply(
  key: string,
  declaration: KrmObject,
  planned: PlannedOne,
  resource: Resource,
  context: Context,
): Promise<Step> {
  const { state: view, cluster, signal, log } = context;
  const errors = planned.findings.filter(isError);
  const served = await servedFor(
    context,
    planned.generated.map(({ object }) => object),
  );
  const made = [...planned.generated.map(({ object }) => object), ...kindsOf(declaration, served)];
  const waiting = view.waitsFor(
    key,
    planned.asked,
    made.filter((kind) => served.find(kind) !== undefined),
  );
  if (waiting.length > 0) return { verdict: { kind: "unseen", what: waiting.join(", ") }, outcome: done };
  if (errors[0] !== undefined) {
    return { verdict: { kind: "invalid", finding: errors[0], more: errors.length - 1 }, outcome: done };
  }
  const objects = planned.generated.map(({ object }) => object);
  const { objects: desired, needsFinalizer } = desiredOf(declaration, objects, served.find);
  const members = view.members(declaration);
  const leavesForeign = members.some(({ metadata }) => metadata.namespace !== declaration.metadata.namespace);
  const held = finalizersOf(declaration).includes(finalizer);
  if (!context.mayWrite()) throw new Error("the right to write was lost");
  // Before the first such object: a declaration that is deleted in between would leave it behind.
  if (needsFinalizer && !held) await writeFinalizer(cluster.client, resource, declaration, true, signal);
  const complete = cluster.complete() && !hidesMembers(declaration, served);
  const options = setOptions(declaration, resource, complete);
  const input = { declaration, desired, members, resources: served.find, options };
  const applied = await applyDesired(cluster.client, input, { clock: cluster.clock, signal });
  if (applied.writes > 0) {
    const { created, changed, deleted, writes } = applied;
    log.info({ created, changed, deleted, writes }, "applied");
  }
  if (held && complete && !needsFinalizer && !leavesForeign) {
    await writeFinalizer(cluster.client, resource, declaration, false, signal);
  }
  return judge(applied);
}

function judge(applied: Applied): Step {
  if (!applied.ok) {
    const verdict = verdictOfApply(applied.findings);
    return { verdict, outcome: after(refusedMs) };
  }
  const verdict = verdictOfChildren(applied.objects.map(({ ref, object }) => ({ ref, ...judgeChild(object) })));
  if (applied.postponed === 0) return { verdict, outcome: done };
  return { verdict: verdict.kind === "ready" ? { kind: "prune-later" } : verdict, outcome: after(incompleteMs) };
}

/** Deletes what the garbage collector cannot, then lets the declaration go. */
async function finalize(key: string, declaration: KrmObject, resource: Resource, context: Context): Promise<Outcome> {
  if (!finalizersOf(declaration).includes(finalizer)) return done;
  const { state: view, cluster, signal } = context;
  const served = await servedFor(context, []);
  const made = kindsOf(declaration, served).filter((kind) => served.find(kind) !== undefined);
  const waiting = view.waitsFor(key, [], made);
  if (waiting.length > 0 || !cluster.complete() || hidesMembers(declaration, served)) return after(incompleteMs);
  const elsewhere = view
    .members(declaration)
    .filter(({ metadata }) => metadata.namespace !== declaration.metadata.namespace);
  if (elsewhere.length > 0) {
    if (!context.mayWrite()) throw new Error("the right to write was lost");
    const options = setOptions(declaration, resource, true);
    const input = { declaration, desired: [], members: elsewhere, resources: served.find, options };
    const applied = await applyDesired(cluster.client, input, { clock: cluster.clock, signal });
    await report(declaration, resource, heldBy(elsewhere) ?? { kind: "deleting", left: elsewhere.length }, context);
    if (!applied.ok) throw new Error(applied.findings.find(isError)?.message ?? "objects could not be deleted");
    // The next look finds them gone, or held by somebody's finalizer.
    return after(deletingMs);
  }
  await writeFinalizer(cluster.client, resource, declaration, false, signal);
  return done;
}

/** What no controller deletes on its own account: it holds the declaration until a person has decided. */
function heldBy(members: readonly KrmObject[]): Verdict | undefined {
  const held = members.flatMap((member) => {
    const effect = isBeingDeleted(member) ? undefined : destructionOf(member)?.effect;
    return effect === undefined ? [] : [{ object: refOf(member), effect }];
  });
  held.sort((a, b) => compareText(formatRef(a.object), formatRef(b.object)));
  return held[0] === undefined ? undefined : { kind: "held", ...held[0], more: held.length - 1 };
}

/** What a verdict is in the table of findings; what passes by itself has no code. */
const findingCodes: { readonly [Kind in Verdict["kind"]]?: "FL742" | "FL743" | "FL744" | "FL745" } = {
  invalid: "FL742",
  refused: "FL743",
  "prune-later": "FL744",
  held: "FL745",
};

/** The kind that runs an App's pods: which one it is when none is written depends on the rest. */
function workloadOf({ kind }: KrmObject, { generated }: PlannedOne): string | undefined {
  if (kind !== "App") return undefined;
  return generated.find(({ object }) => workloadKinds.has(object.kind))?.object.kind;
}

const workloadKinds = new Set(["Deployment", "StatefulSet", "DaemonSet", "Rollout"]);

async function report(
  declaration: KrmObject,
  resource: Resource,
  verdict: Verdict,
  context: Context,
  workload?: string,
): Promise<void> {
  const { cluster, signal, log } = context;
  const { reason, message } = wordsOf(verdict);
  const status = statusOf(declaration, verdict, cluster.clock.now(), workload);
  if (status !== undefined && context.mayWrite()) {
    await writeStatus(cluster.client, resource, declaration, status, signal);
    log.debug({ reason }, "status written");
  }
  if (!isNews(declaration, verdict)) return;
  const code = findingCodes[verdict.kind];
  if (code !== undefined)
    log.warn({ finding: runFinding(code, { message, object: refOf(declaration) }) }, "not as declared");
  const uid = declaration.metadata["uid"];
  const about = { ...refOf(declaration), ...(typeof uid === "string" && { uid }) };
  const isGood = verdict.kind === "ready" || verdict.kind === "deleting" || verdict.kind === "prune-later";
  cluster.events.record(about, { type: isGood ? "Normal" : "Warning", reason, message, action: "Reconcile" });
}

function setOptions(declaration: KrmObject, resource: Resource, complete: boolean): ApplySetOptions {
  const { namespace } = refOf(declaration);
  return {
    // Whoever applied files first, and then the declaration itself, means the same objects.
    ...(namespace === undefined ? {} : { absorbs: [unnamedSetId(namespace)] }),
    parent: { resource, key: keyOf(refOf(declaration)), declared: true },
    fieldManager,
    tooling: `fairlead/v${version}`,
    prune: true,
    adopt: false,
    complete,
  };
}

/** The kinds that earlier versions of the declaration made. */
function kindsOf(declaration: KrmObject, served: ServedKinds): { apiVersion: string; kind: string }[] {
  return (parentState(declaration).kinds ?? []).flatMap((text) => {
    const found = served.byGroupKind(text);
    if (found === undefined) return [];
    return { apiVersion: apiVersionOf(found), kind: found.kind };
  });
}

/** Whether members may be of a kind whose server does not answer: nobody knows then what is left of them. */
function hidesMembers(declaration: KrmObject, served: ServedKinds): boolean {
  const kinds = parentState(declaration).kinds ?? [];
  return kinds.some((text) => served.byGroupKind(text) === undefined && served.failed(text));
}

/** What the cluster serves; it is asked once more for a kind that it did not serve before. */
async function servedFor({ cluster }: Context, objects: readonly KrmObject[]): Promise<ServedKinds> {
  const { client } = cluster;
  const served = await servedKinds(client);
  const missing = objects.filter((object) => served.find(object) === undefined);
  if (missing.length === 0) return served;
  const found = await Promise.all(missing.map((object) => client.discovery.find(object)));
  return found.some((one) => one !== undefined) ? servedKinds(client) : served;
}
