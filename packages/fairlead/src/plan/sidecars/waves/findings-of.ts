import type { Finding } from "@fairlead/krm";
import type { Workload } from "../model/decision.ts";
import type { RunState } from "../model/run.ts";
import type { Run } from "./core.ts";
import { itemOf } from "./draft.ts";
import { breaker, journalPauser } from "./failures.ts";
import { wavesFinding } from "./findings.ts";
import { windowLevels } from "./window-levels.ts";

/** Workloads that are named one by one; of more than that, the first. */
const most = 100;

/** What somebody should see to: sorted by code, then by workload. */
export function findingsOf(state: RunState): readonly Finding[] {
  const { core } = state as Run;
  const findings: Finding[] = [];
  for (const { by, reason } of core.pauses) {
    if (by === journalPauser) findings.push(wavesFinding("FL870", { message: reason }));
    if (by === breaker) findings.push(wavesFinding("FL872", { message: reason }));
  }
  const broken = [...core.failures].sort().flatMap((key) => {
    const item = itemOf(core, key);
    const workload = item?.decision?.workload;
    return item?.entry?.state === "broken" && workload !== undefined ? [{ workload, reason: item.entry.reason }] : [];
  });
  for (const { workload, reason } of broken.slice(0, most)) {
    findings.push(wavesFinding("FL873", { message: `${workload.key} ${reason}`, object: refOf(workload) }));
  }
  return [...findings, ...windowFindings(state)];
}

function windowFindings(state: RunState): readonly Finding[] {
  const { core } = state as Run;
  const findings: Finding[] = [];
  for (const key of [...core.waiting].sort()) {
    const decision = itemOf(core, key)?.decision;
    if (decision?.kind !== "outdated") continue;
    for (const { of, texts } of windowLevels(core.rules.settings.windows, decision)) {
      const { open, until, problem } = core.rules.windows(texts, core.now ?? 0);
      if (open || (until !== undefined && problem === undefined)) continue;
      const why = problem === undefined ? "never opens" : `cannot be read: ${problem}`;
      const message = `${key}: the window of ${of} ${why}`;
      findings.push(wavesFinding("FL874", { message, object: refOf(decision.workload) }));
    }
    if (findings.length >= most) break;
  }
  return findings;
}

function refOf({ apiVersion, kind, namespace, name }: Workload) {
  return { apiVersion, kind, namespace, name };
}
