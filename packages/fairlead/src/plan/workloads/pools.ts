import { nearest } from "@fairlead/apimachinery";
import type { EnvVar } from "@fairlead/apimachinery/k8s";
import { texts } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";

/** The variables that tell the containers where their connection pools are. */
export function poolVariables(_context: WorkloadContext): EnvVar[] {
  return [];
}

export function checkPools(context: WorkloadContext): void {
  const { world, declaration } = context;
  for (const [index, name] of texts(context.spec.connectionPools).entries()) {
    if (world.declared("ConnectionPool", declaration.namespace, name) !== undefined) continue;
    const meant = nearest(
      name,
      world.allDeclared("ConnectionPool").map((pool) => pool.name),
    );
    context.report("FL230", {
      message: `no ConnectionPool is named ${name}`,
      hint: meant === undefined ? "declare the ConnectionPool in the input" : `did you mean ${meant}?`,
      field: ["spec", "connectionPools", index],
    });
  }
}
