import { isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { formatRef, hasErrors, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { applyObject, createSimulation, isObserved, latestTime, loadObjects, type Simulation } from "@fairlead/sim";
import { compile } from "../compile/compile.ts";
import { parseResources } from "../compile/text.ts";
import { durationOf } from "./cluster/duration.ts";
import { exitCode, type CliContext } from "./context.ts";
import { readFiles } from "./load.ts";
import { objectsOf } from "./render.ts";
import { refuse, report } from "./report.ts";
import type { SimulateFlags } from "./simulate.command.ts";
import { observe } from "./simulate/observe.ts";
import { printReport, type SimulationReport } from "./simulate/print.ts";
import { standIns } from "./up/stand-ins.ts";

const horizonUnlessTold = "10m";
/** What was dumped in the middle of something comes to rest before the change. */
const restMs = 120_000;

/** The command `simulate`: what a change would do to what was dumped. */
export async function simulate(this: CliContext, flags: SimulateFlags): Promise<void> {
  if (flags.loseRegion !== undefined || flags.loseCluster !== undefined) {
    const { simulateLoss } = await import("./mesh/simulate-loss.ts");
    const { file, ...others } = flags;
    return simulateLoss(this, { ...withoutCompat(others), ...(file[0] !== undefined && { file: file[0] }) });
  }
  const horizon = durationOf("for", flags.for ?? horizonUnlessTold);
  if (typeof horizon === "object") {
    refuse(this, horizon);
    this.process.exitCode = exitCode.misuse;
    return;
  }
  const { files, finding } = await readFiles(this, flags.file, flags);
  if (finding !== undefined) return refuse(this, finding);
  const { resources, findings } = parseResources(files);
  const observed = resources.flatMap(({ value }) => (isObject(value) && isObserved(value) ? [value] : []));
  const wanted = resources.filter(({ value }) => !(isObject(value) && isObserved(value)));
  const compiled = await compile(wanted, { environment: flags.environment, compat: flags.compat === true });
  const changes = objectsOf(compiled);
  const foreign = standIns([...(observed as unknown as KrmObject[]), ...changes]);
  const all: readonly Finding[] = [...findings, ...compiled.findings, ...foreign.findings];
  if (report(this, all, files, flags.quiet === true)) return;
  const result = await run(observed, changes, foreign.definitions, { horizon, seed: flags.seed ?? 1 });
  this.process.stdout.write(
    flags.output === "json" ? `${JSON.stringify({ schemaVersion: 1, ...result }, null, 2)}\n` : printReport(result),
  );
  const dropped = result.services.some(({ without }) => without.length > 0);
  if (dropped || result.refused.length > 0 || hasErrors(all)) this.process.exitCode = exitCode.findings;
}

/** `--compat` of declarations is another one than that of the mesh. */
function withoutCompat<Flags extends { readonly compat?: unknown }>({ compat: _compat, ...rest }: Flags) {
  return rest;
}

async function run(
  observed: readonly JsonObject[],
  changes: readonly KrmObject[],
  definitions: readonly KrmObject[],
  { horizon, seed }: { readonly horizon: number; readonly seed: number },
): Promise<SimulationReport> {
  const hasNodes = observed.some(({ kind }) => kind === "Node");
  const start = latestTime(observed);
  const simulation = createSimulation({
    seed,
    ...(start === undefined ? {} : { start }),
    ...(hasNodes ? { nodes: [] } : {}),
  });
  try {
    await simulation.settle();
    for (const one of definitions)
      await applyObject(simulation.core, one, { fieldManager: "fairlead/simulate", force: true });
    await simulation.settle();
    loadObjects(simulation.core, observed);
    await simulation.advance(restMs);
    return await changeAndWatch(simulation, changes, horizon);
  } finally {
    simulation.close();
  }
}

async function changeAndWatch(
  simulation: Simulation,
  changes: readonly KrmObject[],
  horizon: number,
): Promise<SimulationReport> {
  const observer = observe(simulation);
  const changed: string[] = [];
  const refused: { object: string; message: string }[] = [];
  for (const change of changes) {
    const ref = formatRef(refOf(change));
    const before = simulation.store.revision;
    const outcome = await applyObject(simulation.core, change, { fieldManager: "fairlead/workloads", force: true });
    if (outcome.kind === "refused") refused.push({ object: ref, message: textOf(outcome.status["message"]) });
    else if (outcome.created) changed.push(`${ref} created`);
    else if (simulation.store.revision > before) changed.push(`${ref} changed`);
  }
  const end = simulation.clock.now() + horizon;
  await simulation.settle();
  observer.look();
  while (await simulation.next(end - simulation.clock.now())) observer.look();
  await simulation.advance(Math.max(0, end - simulation.clock.now()));
  observer.look();
  return { changed, refused, ...observer.end() };
}
