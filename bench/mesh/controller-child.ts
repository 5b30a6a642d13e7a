/** The controller of the mesh in a process of its own, until its parent goes; tells its figures when asked. */
import { keepHeapSmall } from "../../packages/fairlead/src/run/small-heap.ts";
import { answerParent, type ProcessFigures } from "../lib/answer-parent.ts";
import type { ServerAccess } from "../lib/child.ts";

export interface MeshStart {
  readonly home: ServerAccess;
  readonly mode: "default" | "admiral";
}

export interface MeshFigures extends ProcessFigures {
  readonly started: boolean;
  readonly idle: boolean;
  /** By `KIND VERB OUTCOME`. */
  readonly writes: { [what: string]: number };
  /** Log lines by level. */
  readonly lines: { readonly [level: string]: number };
  readonly findings: readonly string[];
}

keepHeapSmall();
const { accessOf, createClient, systemClock } = await import("@fairlead/kube");
const { defaultRegistry } = await import("../../packages/fairlead/src/plan/mesh/config/registry-settings.ts");
const { admiralSettings, defaultSettings } = await import("../../packages/fairlead/src/plan/mesh/model/presets.ts");
const { createLog } = await import("../../packages/fairlead/src/run/log.ts");
const { startMesh } = await import("../../packages/fairlead/src/run/mesh/mesh.ts");
// Nobody asks for it: the other commands only lie in the same file, as they do in the one that is shipped.
if (process.argv.includes("--all")) await import("../../packages/fairlead/src/cli/run.ts");

process.once("message", (start: MeshStart) => {
  const { home, mode } = start;
  const lines = new Map<string, number>();
  const log = createLog({
    destination: {
      write(line: string) {
        const { level } = JSON.parse(line) as { level: string };
        lines.set(level, (lines.get(level) ?? 0) + 1);
        if (level !== "info") process.stderr.write(line.slice(0, 600).trimEnd() + "\n");
      },
    },
  });
  const settings =
    mode === "admiral"
      ? {
          ...admiralSettings,
          scope: { ...admiralSettings.scope, syncNamespace: "fairlead-mesh", dependencyNamespace: "fairlead-mesh" },
        }
      : defaultSettings;
  const mesh = startMesh({
    home: createClient(accessOf({ name: "home", server: home.url, ca: home.certificate, token: home.token })),
    settings,
    registry: defaultRegistry,
    connect: createClient,
    clock: systemClock,
    random: Math.random,
    log,
    instance: "bench",
  });
  answerParent<MeshFigures>(
    async () => {
      const metrics = await mesh.metrics.getMetricsAsJSON();
      const writes: MeshFigures["writes"] = {};
      for (const { name, values } of metrics) {
        if (name !== "fairlead_mesh_writes_total") continue;
        for (const { labels, value } of values) {
          const { kind, verb, outcome } = labels as { kind: string; verb: string; outcome: string };
          if (value > 0) writes[`${kind} ${verb} ${outcome}`] = value;
        }
      }
      return {
        started: mesh.isStarted(),
        idle: mesh.isIdle(),
        writes,
        lines: Object.fromEntries(lines),
        findings: mesh
          .findings()
          .slice(0, 5)
          .map((finding) => `${finding.code} ${finding.message}`),
      };
    },
    () => mesh.stop(),
  );
});
