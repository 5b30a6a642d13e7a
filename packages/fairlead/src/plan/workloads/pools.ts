import { nearest } from "@fairlead/apimachinery";
import type { EnvVar } from "@fairlead/apimachinery/k8s";
import { poolEnvironment, type PoolEnvironment } from "../data/address.ts";
import { texts } from "../shared/read.ts";
import { once, type WorkloadContext } from "./context.ts";

function environmentOf({ world, declaration }: WorkloadContext): PoolEnvironment {
  return poolEnvironment(world, declaration);
}

/** The variables that tell the containers where their connection pools are. */
export function poolVariables(context: WorkloadContext): readonly EnvVar[] {
  return texts(context.spec.connectionPools).length === 0 ? [] : once(context, environmentOf).env;
}

export function checkPools(context: WorkloadContext): void {
  const { world, declaration } = context;
  const names = texts(context.spec.connectionPools);
  for (const [index, name] of names.entries()) {
    if (world.declared("ConnectionPool", declaration.namespace, name) !== undefined) continue;
    if (world.broken("ConnectionPool", declaration.namespace, name)) continue;
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
  if (names.length > 0) context.report.findings.push(...once(context, environmentOf).findings);
}
