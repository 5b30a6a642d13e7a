import { randomBytes } from "node:crypto";
import { findingsToJson } from "@fairlead/krm";
import { systemClock } from "@fairlead/kube";
import { createLog } from "../../run/log.ts";
import { planSidecars } from "../../run/sidecars/plan-sidecars.ts";
import { errorFinding } from "../cluster/error-finding.ts";
import { withTargets } from "../cluster/targets.ts";
import { exitCode, type CliContext } from "../context.ts";
import { refuse, report } from "../report.ts";
import type { SidecarPlanFlags } from "../sidecars.command.ts";
import { clustersOf, dialFrom } from "./clusters.ts";
import { withCompat } from "./compat.ts";
import { readSidecarConfiguration } from "./configuration.ts";
import { findPolicy } from "./find-policy.ts";
import { journalPlace } from "./place.ts";
import { excludedTable, progressLine, rowsTable } from "./show.ts";

/** The command `sidecars plan`. */
export async function sidecarsPlan(this: CliContext, given: SidecarPlanFlags): Promise<void> {
  const flags = withCompat(given, this);
  await withTargets(this, flags, async (targets) => {
    const home = targets[0]!;
    const clock = this.clock ?? systemClock;
    const place = journalPlace(flags);
    try {
      const found = await findPolicy(home.client, place.namespace, flags);
      const read = await readSidecarConfiguration(this, flags, found);
      if (report(this, read.findings, read.files, flags.quiet === true)) return;
      const dial = dialFrom(this, home.name);
      const plan = await planSidecars({
        home: home.client,
        clusters: clustersOf(this, targets, flags.registry === true),
        settings: read.settings,
        place,
        ...(dial !== undefined && { dial }),
        clock,
        random: Math.random,
        log: createLog({ level: "error", destination: this.process.stderr }),
        instance: `plan-${randomBytes(4).toString("hex")}`,
      });
      const { rows, progress, findings } = plan;
      if (flags.output === "json") {
        const { clusters, injectors, excluded } = plan;
        const document = { ...findingsToJson(findings), progress, clusters, injectors, rows, excluded };
        this.process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
      } else {
        const excluded = flags.all === true ? excludedTable(plan.excluded, this.color.stdout) : "";
        const table = [rowsTable(rows, this.color.stdout), excluded].filter((text) => text !== "").join("\n");
        this.process.stdout.write(table);
        const line = progress === undefined ? "nothing is known" : progressLine(progress, clock.now());
        this.process.stdout.write(`${table === "" ? "" : "\n"}${line}\n`);
      }
      report(this, findings, [], flags.quiet === true);
      if (rows.some(({ state }) => state !== "done")) this.process.exitCode = exitCode.findings;
    } catch (error) {
      refuse(this, errorFinding(error));
    }
  });
}
