import type { Clock } from "@fairlead/apimachinery";
import { renderFindings, type Finding } from "@fairlead/krm";
import type { RunRow } from "../../plan/sidecars/model/run.ts";
import type { Sidecars, SidecarsStatus } from "../../run/sidecars/sidecars-model.ts";
import type { CliContext } from "../context.ts";
import { startProgress, type Progress } from "../progress/progress.ts";
import { showProgress } from "../sidecars/show-progress.ts";
import { progressLine, rowsTable } from "../sidecars/show.ts";

/** Tells how the sidecars of a fleet follow their control planes: the plan as a table, then a live list, then its end. */
export interface Story {
  /** Tells of these from now on, in place of those before; of nothing if there are none any more. */
  follow(sidecars: Sidecars | undefined): void;
  /** Whether a run is being told of. */
  isTelling(): boolean;
  /** Tells nothing while something else has the terminal, until what is returned is called. */
  hold(): () => void;
  /** A line above the list. */
  note(text: string): void;
  end(): void;
}

/** Nothing is outdated; a plan that is not whole yet; a run. */
export type Stage = "rest" | "plan" | "run";

/**
 * What a status is about, after `before`. A plan is whole once nothing of it is unknown, as everything is while control
 * planes roll out; when patience is over a run that has begun is one all the same. Rollouts that somebody else began are no
 * part of it.
 */
export function stageOf(
  { rows, progress }: Pick<SidecarsStatus, "rows" | "progress">,
  { isIdle, isPatient }: { readonly isIdle: boolean; readonly isPatient: boolean },
  before: Stage,
): Stage {
  if (progress === undefined) return before;
  const isUnknown = rows.some(({ state }) => state === "unknown");
  const { waiting, underWay, done } = progress;
  if (waiting + underWay > 0) {
    const hasBegun = underWay + done > 0 && !isPatient;
    return before === "run" || hasBegun || !isUnknown ? "run" : "plan";
  }
  return before !== "rest" && (isUnknown || !isIdle) ? before : "rest";
}

/** How long what is unknown of a plan is waited for. */
const patienceMs = 2_000;

/** Where each line stays, it is enough to know when one begins and ends. */
function withoutDetails(row: RunRow): RunRow {
  const isWorking = row.state === "restarting" || row.state === "settling";
  return isWorking ? { ...row, state: "restarting", reason: "" } : row;
}

const summary = "sidecars";

const findingKey = ({ code, message }: Finding): string => `${code} ${message}`;

export function createStory(context: CliContext, clock: Clock): Story {
  let stage: Stage = "rest";
  let sidecars: Sidecars | undefined;
  let forget = (): void => {};
  let held = 0;
  let list: Progress | undefined;
  /** Set while a plan is waited for. */
  let planned: { readonly at: number; readonly cancel: () => void } | undefined;
  let listed: ReadonlySet<string> = new Set();
  let told = "";
  let known: ReadonlySet<string> = new Set();

  function look(): void {
    if (sidecars === undefined || held > 0) return;
    const status = sidecars.status();
    const before = stage;
    const isPatient = planned === undefined || clock.monotonic() - planned.at < patienceMs;
    stage = stageOf(status, { isIdle: sidecars.isIdle(), isPatient }, before);
    waitForPlan();
    tellFindings(status.findings);
    if (stage === "run") {
      if (before !== "run") context.process.stdout.write(`\n${rowsTable(status.rows, context.color.stdout)}\n`);
      list ??= startProgress(context, clock);
      showSummary(list, status, "working");
      showRows(list, status.rows);
    } else if (before === "run") finish(status);
  }

  function waitForPlan(): void {
    if (stage !== "plan") {
      planned?.cancel();
      planned = undefined;
    } else planned ??= { at: clock.monotonic(), cancel: clock.after(patienceMs, look) };
  }

  function showSummary(shown: Progress, { progress }: SidecarsStatus, state: "working" | "done" | "failed"): void {
    if (progress === undefined || (state === "working" && progress.waiting + progress.underWay === 0)) return;
    const now = clock.now();
    // Where each line stays, an estimate that changes by itself is none; at the end there is nothing to estimate.
    const line = progressLine({ ...progress, eta: undefined }, now);
    const isNews = line !== told || state !== "working";
    if (!isNews && context.terminal === undefined) return;
    told = line;
    const said = state === "working" ? progressLine(progress, now) : line;
    shown.update(summary, state, said);
  }

  function showRows(shown: Progress, rows: readonly RunRow[]): void {
    showProgress(shown, context.terminal === undefined ? rows.map(withoutDetails) : rows);
    const now = new Set(rows.map(({ workload }) => workload.key));
    // What is no longer part of it has nothing left to do: its proxy is gone, or the workload is.
    for (const key of listed) if (!now.has(key)) shown.update(key, "done");
    listed = now;
  }

  function finish(status: SidecarsStatus): void {
    const left = status.rows.filter(({ state }) => state !== "done" && state !== "settling");
    if (list !== undefined) {
      showRows(list, status.rows);
      showSummary(list, status, left.length === 0 ? "done" : "failed");
      endList();
    }
    if (left.length > 0) context.process.stdout.write(`\n${rowsTable(left, context.color.stdout)}`);
    context.process.stdout.write("\n");
  }

  /** Each of them once, for as long as it is there. */
  function tellFindings(findings: readonly Finding[]): void {
    const news = findings.filter((finding) => !known.has(findingKey(finding)));
    known = new Set(findings.map(findingKey));
    if (news.length > 0) note(renderFindings(news, { texts: new Map(), color: context.color.stderr }).trimEnd());
  }

  function endList(): void {
    list?.end();
    list = undefined;
    listed = new Set();
    told = "";
  }

  function note(text: string): void {
    if (list === undefined) context.process.stderr.write(`${text}\n`);
    else list.note(text);
  }

  return {
    follow(next) {
      forget();
      sidecars = next;
      forget = next?.onStatus(look) ?? ((): void => {});
      if (next === undefined) endList();
      look();
    },
    isTelling: () => sidecars !== undefined && stage === "run",
    hold() {
      held += 1;
      endList();
      return () => {
        held -= 1;
        look();
      };
    },
    note,
    end() {
      forget();
      planned?.cancel();
      sidecars = undefined;
      endList();
    },
  };
}
