/**
 * The controller of the sidecars in a process of its own; tells its figures when asked. Its window is closed: what it
 * takes to find what is outdated is measured, and neither restarts nor the Events of a dry run.
 */
import { keepHeapSmall } from "../../packages/fairlead/src/run/small-heap.ts";
import { answerParent, type ProcessFigures } from "../lib/answer-parent.ts";
import type { ServerAccess } from "../lib/child.ts";

export interface SidecarFigures extends ProcessFigures {
  readonly idle: boolean;
  /** Workloads of which something is decided. */
  readonly decided: number;
  readonly outdated: number;
  /** The version that outdated workloads are to get. */
  readonly target: string;
  /** All that were sent, but watches. */
  readonly requests: number;
}

keepHeapSmall();
const { accessOf, createClient, systemClock } = await import("@fairlead/kube");
const { defaultSettings } = await import("../../packages/fairlead/src/plan/sidecars/presets.ts");
const { createLog } = await import("../../packages/fairlead/src/run/log.ts");
const { startSidecars } = await import("../../packages/fairlead/src/run/sidecars/sidecars.ts");

process.once("message", (start: ServerAccess) => {
  let requests = 0;
  const client = createClient(
    accessOf({ name: "east", server: start.url, ca: start.certificate, token: start.token }),
    { observe: ({ verb }) => void (verb === "watch" ? 0 : requests++) },
  );
  const sidecars = startSidecars({
    home: client,
    clusters: { kind: "listed", clusters: [{ name: "east", client }] },
    settings: { ...defaultSettings, windows: { ...defaultSettings.windows, all: ["Sat 00:00-00:01 UTC"] } },
    place: { namespace: "default", name: "fairlead-sidecars" },
    clock: systemClock,
    random: Math.random,
    log: createLog({ level: "warn" }),
    instance: "bench",
  });
  answerParent<SidecarFigures>(
    async () => {
      const outdated = sidecars.status().rows.filter(({ to }) => to !== "");
      const metrics = await sidecars.metrics.getMetricsAsJSON();
      return {
        idle: sidecars.isIdle(),
        decided: metrics.find(({ name }) => name === "fairlead_sidecars_workloads")?.values[0]?.value ?? 0,
        outdated: outdated.length,
        target: outdated[0]?.to.split(":").at(-1) ?? "",
        requests,
      };
    },
    () => sidecars.stop(),
  );
});
