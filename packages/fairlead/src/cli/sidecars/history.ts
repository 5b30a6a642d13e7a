import { systemClock } from "@fairlead/kube";
import { decodeJournal } from "../../plan/sidecars/waves/decode-journal.ts";
import { journalKey } from "../../plan/sidecars/waves/encode-journal.ts";
import { readJournal } from "../../run/sidecars/journal/place.ts";
import { errorFinding } from "../cluster/error-finding.ts";
import { withTargets } from "../cluster/targets.ts";
import type { CliContext } from "../context.ts";
import { refuse, report } from "../report.ts";
import type { SidecarHistoryFlags } from "../sidecars.command.ts";
import { sidecarCliFinding } from "./findings.ts";
import { journalPlace } from "./place.ts";
import { historyTables } from "./show.ts";

/** The command `sidecars history`. */
export async function sidecarsHistory(this: CliContext, flags: SidecarHistoryFlags): Promise<void> {
  const place = journalPlace(flags);
  await withTargets(this, flags, async ([home]) => {
    const now = (this.clock ?? systemClock).now();
    let text: string;
    try {
      text = (await readJournal(home!.client, place)).journal;
    } catch (error) {
      refuse(this, errorFinding(error));
      return;
    }
    if (text === "") {
      const message = `there is no journal in the ConfigMap ${place.namespace}/${place.name} of ${home!.name}`;
      refuse(this, sidecarCliFinding("FL892", { message }));
      return;
    }
    const { journal, findings } = decodeJournal({ [journalKey]: text }, now);
    const { history = [], workloads: entries = {}, pauses = [] } = journal ?? {};
    const workloads = Object.entries(entries).sort(([, a], [, b]) => b.startedAt - a.startedAt);
    if (flags.output === "json") {
      const document = { schemaVersion: 1, history, pauses, workloads: Object.fromEntries(workloads) };
      this.process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    } else this.process.stdout.write(historyTables(history, workloads, now, this.color.stdout));
    report(this, findings, [], false);
  });
}
