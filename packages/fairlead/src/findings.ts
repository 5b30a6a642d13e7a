import type { FindingDefinition } from "@fairlead/krm";

/** The part of a finding table that documentation reads. */
export interface Definitions {
  readonly definitions: { readonly [code: string]: FindingDefinition };
}

/** Every table of finding codes, by the capability that its page in the reference stands under. Loaded on demand. */
const tables: readonly (readonly [string, () => Promise<Definitions>])[] = [
  ["Input", async () => (await import("@fairlead/krm")).inputFindings],
  ["Schemas", async () => (await import("@fairlead/krm")).schemaFindings],
  ["Declarations", async () => (await import("./compile/findings.ts")).compileFinding],
  ["Dialects", async () => (await import("./dialects/findings.ts")).dialectFinding],
  ["Workloads", async () => (await import("./plan/workloads/findings.ts")).workloadFinding],
  ["Routes", async () => (await import("./plan/routes/findings.ts")).routeFinding],
  ["Messaging", async () => (await import("./plan/messaging/findings.ts")).messagingFinding],
  ["Mesh", async () => (await import("./plan/mesh/findings.ts")).meshFinding],
  ["Data", async () => (await import("./plan/data/findings.ts")).dataFinding],
  ["Access", async () => (await import("./plan/access/findings.ts")).accessFinding],
  ["Mesh configuration", async () => (await import("./plan/mesh/config/findings.ts")).meshConfigFinding],
  ["Restarts of sidecars", async () => (await import("./plan/sidecars/waves/findings.ts")).wavesFinding],
  ["Sidecar configuration", async () => (await import("./plan/sidecars/config/findings.ts")).sidecarConfigFinding],
  ["Sidecars", async () => (await import("./plan/sidecars/findings.ts")).sidecarFinding],
  ["Import", async () => (await import("./import/findings.ts")).importFinding],
  ["Compose", async () => (await import("./import/compose/findings.ts")).composeFinding],
  ["Apply sets", async () => (await import("@fairlead/kube")).applyFinding],
  ["Cluster access", async () => (await import("@fairlead/kube")).accessFindings],
  ["Commands against clusters", async () => (await import("./cli/cluster/findings.ts")).clusterFinding],
  ["Embedded fleet", async () => (await import("./cli/up/findings.ts")).upFinding],
  ["Commands of the mesh", async () => (await import("./cli/mesh/findings.ts")).meshCliFinding],
  ["Taking a mesh over", async () => (await import("./cli/mesh/migrate-findings.ts")).migrateFinding],
  ["Commands of the sidecars", async () => (await import("./cli/sidecars/findings.ts")).sidecarCliFinding],
  ["Command line", async () => (await import("./cli/findings.ts")).cliFinding],
  ["Controllers", async () => (await import("./run/findings.ts")).runFinding],
  ["Controller of the mesh", async () => (await import("./run/mesh/findings.ts")).meshRunFinding],
  ["Controller of the sidecars", async () => (await import("./run/sidecars/findings.ts")).sidecarRunFinding],
  ["KRM functions", async () => (await import("./fn/findings.ts")).fnFinding],
];

/** The tables one by one, with the name of their capability. */
export async function findingTables(): Promise<(readonly [string, Definitions])[]> {
  return Promise.all(tables.map(async ([name, load]) => [name, await load()] as const));
}

/** All codes in one. */
export async function allFindings(): Promise<{ readonly [code: string]: FindingDefinition }> {
  const all: { [code: string]: FindingDefinition } = {};
  for (const [, table] of await findingTables()) Object.assign(all, table.definitions);
  return all;
}
