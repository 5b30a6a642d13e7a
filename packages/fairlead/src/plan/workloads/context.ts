import { isObject } from "@fairlead/apimachinery";
import type { AppSpec } from "../../kinds/app.ts";
import type { AppContainer } from "../../kinds/container.ts";
import type { TaskSpec } from "../../kinds/task.ts";
import type { Declaration } from "../declaration.ts";
import { modeOf, type Mode } from "../shared/metadata.ts";
import { items } from "../shared/read.ts";
import { reporter, type Reporter } from "../shared/report.ts";
import type { World } from "../world.ts";
import { workloadFinding, type WorkloadCode } from "./findings.ts";

export type WorkloadSpec = AppSpec | TaskSpec;

/** What every file of this folder works on: one App or Task, its surroundings, and where its findings go. */
export interface WorkloadContext<Spec extends WorkloadSpec = WorkloadSpec> {
  readonly declaration: Declaration<Spec>;
  readonly spec: Spec;
  readonly name: string;
  readonly world: World;
  readonly mode: Mode;
  readonly containers: readonly AppContainer[];
  readonly initContainers: readonly AppContainer[];
  readonly main: AppContainer | undefined;
  readonly report: Reporter<WorkloadCode>;
  /** What `once` has computed. */
  readonly memory: Map<unknown, unknown>;
}

/** What a function makes of a context, computed when it is asked for first: several objects need the same. */
export function once<Context extends WorkloadContext, Result>(
  context: Context,
  compute: (context: Context) => Result,
): Result {
  if (!context.memory.has(compute)) context.memory.set(compute, compute(context));
  return context.memory.get(compute) as Result;
}

export function workloadContext<Spec extends WorkloadSpec>(
  given: Declaration<Spec>,
  world: World,
): WorkloadContext<Spec> {
  const spec = isObject(given.spec) ? given.spec : ({} as Spec);
  const declaration = spec === given.spec ? given : { ...given, spec };
  const containers = items(spec.containers);
  return {
    declaration,
    spec,
    name: declaration.name,
    world,
    mode: modeOf(declaration),
    containers,
    initContainers: items(spec.initContainers),
    main: mainContainer(declaration.name, containers),
    report: reporter(workloadFinding, declaration.ref),
    memory: new Map(),
  };
}

/** The container named like the workload, or the only one. */
export function mainContainer(name: string, containers: readonly AppContainer[]): AppContainer | undefined {
  return (
    containers.find((container) => container.name === name) ?? (containers.length === 1 ? containers[0] : undefined)
  );
}
