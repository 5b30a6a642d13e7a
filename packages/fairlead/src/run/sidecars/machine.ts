import type { Clock } from "@fairlead/apimachinery";
import type { SidecarSettings } from "../../plan/sidecars/model/settings.ts";
import { decodeJournal } from "../../plan/sidecars/waves/decode-journal.ts";
import { encodeJournal, journalKey } from "../../plan/sidecars/waves/encode-journal.ts";
import { startRun } from "../../plan/sidecars/waves/start-run.ts";
import { step } from "../../plan/sidecars/waves/step.ts";
import type { RunMachine } from "./engine/runner.ts";

/**
 * The planner's run, with journals as they lie in the cluster. `onEncoded` is told of each journal how many workloads it had
 * no room for.
 */
export function runMachine(settings: SidecarSettings, clock: Clock, onEncoded?: (left: number) => void): RunMachine {
  return {
    // A ConfigMap without a journal is one in which only commands lie.
    start(text) {
      const { journal } = decodeJournal(text === "" ? undefined : { [journalKey]: text }, clock.now());
      return startRun(journal, settings);
    },
    step,
    encode(journal) {
      const { data, left } = encodeJournal(journal);
      onEncoded?.(left);
      return data[journalKey]!;
    },
  };
}
