import { formatRef, isError, type Finding, type ObjectRef } from "@fairlead/krm";
import { partOfLabel } from "@fairlead/kube";

/** What was found out about one declaration. */
export type Verdict =
  /** It has errors: nothing was applied. */
  | { readonly kind: "invalid"; readonly finding: Finding; readonly more: number }
  /** Something has to be read first. */
  | { readonly kind: "unseen"; readonly what: string }
  /** The cluster did not take all of it. */
  | { readonly kind: "refused"; readonly finding: Finding; readonly more: number }
  /** The cluster did not answer for all of it: it is tried again. */
  | { readonly kind: "interrupted"; readonly finding: Finding }
  | {
      readonly kind: "waiting";
      readonly child: ObjectRef;
      readonly reason: string;
      readonly ready: number;
      readonly of: number;
    }
  | { readonly kind: "failed"; readonly child: ObjectRef; readonly reason: string }
  /** Everything is ready, and what is superfluous could not be deleted yet. */
  | { readonly kind: "prune-later" }
  | { readonly kind: "deleting"; readonly left: number }
  /** It is being deleted, and what only a person may delete is left. */
  | { readonly kind: "held"; readonly object: ObjectRef; readonly effect: string; readonly more: number }
  | { readonly kind: "ready"; readonly objects: number };

/** A child's state, by kstatus. */
export interface ChildState {
  readonly ref: ObjectRef;
  readonly kind: "done" | "waiting" | "failed";
  readonly reason: string;
}

/** The first child that failed, else the first that is not ready; children are in the order for applying. */
export function verdictOfChildren(children: readonly ChildState[]): Verdict {
  const failed = children.find(({ kind }) => kind === "failed");
  if (failed !== undefined) return { kind: "failed", child: failed.ref, reason: failed.reason };
  const waiting = children.find(({ kind }) => kind === "waiting");
  if (waiting === undefined) return { kind: "ready", objects: children.length };
  const ready = children.filter(({ kind }) => kind === "done").length;
  return { kind: "waiting", child: waiting.ref, reason: waiting.reason, ready, of: children.length };
}

/** Findings of the cluster that pass by themselves. */
const passing = new Set(["FL713", "FL714", "FL715", "FL712"]);

/** The verdict of an apply that did not succeed: what somebody has to change comes before what passes by itself. */
export function verdictOfApply(findings: readonly Finding[]): Verdict {
  const errors = findings.filter(isError);
  const lasting = errors.filter(({ code }) => !passing.has(code));
  if (lasting[0] !== undefined) return { kind: "refused", finding: lasting[0], more: lasting.length - 1 };
  const finding = errors[0] ?? findings[0];
  if (finding !== undefined) return { kind: "interrupted", finding };
  return { kind: "unseen", what: "the result of applying" };
}

/** Words of a verdict: a reason for conditions and events, and a message for people. */
export function wordsOf(verdict: Verdict): { readonly reason: string; readonly message: string } {
  const others = (more: number) => (more === 0 ? "" : ` (and ${more} more)`);
  switch (verdict.kind) {
    case "invalid":
      return { reason: "Invalid", message: `${textOf(verdict.finding)}${others(verdict.more)}` };
    case "unseen":
      return { reason: "Observing", message: `waits until ${verdict.what} can be read` };
    case "refused":
      return { reason: "ApplyRefused", message: `${textOf(verdict.finding)}${others(verdict.more)}` };
    case "interrupted":
      return { reason: "ApplyInterrupted", message: textOf(verdict.finding) };
    case "waiting": {
      const { child, reason, ready, of } = verdict;
      return { reason: "Progressing", message: `${formatRef(child)}: ${reason} (${ready} of ${of} objects are ready)` };
    }
    case "failed":
      return { reason: "ObjectFailed", message: `${formatRef(verdict.child)}: ${verdict.reason}` };
    case "prune-later":
      return {
        reason: "PruneDelayed",
        message: "everything is applied; what is superfluous is deleted once the view of the cluster is complete",
      };
    case "deleting":
      return { reason: "Deleting", message: `${verdict.left} objects in other namespaces are being deleted` };
    case "held": {
      const { object, effect, more } = verdict;
      const { delete: remove, keep } = commandsFor(object);
      return {
        reason: "DeletionHeld",
        message: `${formatRef(object)}${others(more)} is left: deleting it ${effect}, which is yours to do: ${remove}; to keep it: ${keep}`,
      };
    }
    case "ready":
      return {
        reason: "Ready",
        message: verdict.objects === 1 ? "1 object is ready" : `${verdict.objects} objects are ready`,
      };
  }
}

/** What somebody may write to delete an object, or to take it out of its set. */
function commandsFor({ kind, namespace, name }: ObjectRef): { readonly delete: string; readonly keep: string } {
  const object = `${kind.toLowerCase()} ${name}${namespace === undefined ? "" : ` -n ${namespace}`}`;
  return { delete: `kubectl delete ${object}`, keep: `kubectl label ${object} ${partOfLabel}-` };
}

function textOf({ code, message, hint }: Finding): string {
  return `${code}: ${message}${hint === undefined ? "" : `; ${hint}`}`;
}
