import type { Finding } from "@fairlead/krm";
import type { Declaration } from "./declaration.ts";
import type { Plan } from "./plan.ts";
import type { World } from "./world.ts";

/** A planner of one kind. It is total: every problem of the input is a finding of the plan. */
export interface Planner<Spec> {
  readonly kind: string;
  plan(declaration: Declaration<Spec>, world: World): Plan;
  /** What can only be said of all objects of the kind together, such as two Routes that claim one path. */
  check?(world: World): readonly Finding[];
}
