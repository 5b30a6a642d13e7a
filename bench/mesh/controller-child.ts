/** The controller of the mesh in a process of its own, until its parent goes; tells its figures when asked. */
import { accessOf, createClient, systemClock } from "@fairlead/kube";
import { defaultRegistry } from "../../packages/fairlead/src/plan/mesh/config/registry-settings.ts";
import { admiralSettings, defaultSettings } from "../../packages/fairlead/src/plan/mesh/model/presets.ts";
import { createLog } from "../../packages/fairlead/src/run/log.ts";
import { startMesh } from "../../packages/fairlead/src/run/mesh/mesh.ts";
import type { ChildFigures, ChildStart } from "./child.ts";

process.once("message", (start: ChildStart) => {
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
  let peakRss = 0;
  setInterval(() => (peakRss = Math.max(peakRss, process.memoryUsage.rss())), 50).unref();
  process.on("message", (message) => {
    if (message !== "figures") return;
    void answer();
  });
  async function answer(): Promise<void> {
    const metrics = await mesh.metrics.getMetricsAsJSON();
    const writes: ChildFigures["writes"] = {};
    for (const { name, values } of metrics) {
      if (name !== "fairlead_mesh_writes_total") continue;
      for (const { labels, value } of values) {
        const { kind, verb, outcome } = labels as { kind: string; verb: string; outcome: string };
        if (value > 0) writes[`${kind} ${verb} ${outcome}`] = value;
      }
    }
    const { user, system } = process.cpuUsage();
    const figures: ChildFigures = {
      started: mesh.isStarted(),
      idle: mesh.isIdle(),
      writes,
      cpuMs: (user + system) / 1000,
      rss: process.memoryUsage.rss(),
      heap: process.memoryUsage().heapUsed,
      peakRss,
      lines: Object.fromEntries(lines),
      findings: mesh
        .findings()
        .slice(0, 5)
        .map((finding) => `${finding.code} ${finding.message}`),
    };
    process.send!(figures);
  }
  process.on("disconnect", () => void mesh.stop().then(() => process.exit(0)));
});
