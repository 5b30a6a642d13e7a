import type { Obstacle } from "./obstacle.ts";

/** Why no node will do: `0/3 nodes are available: 3 Insufficient cpu.` */
export function fitError(nodes: number, obstacles: Iterable<Obstacle>): string {
  const counts = new Map<string, number>();
  for (const { reason, others = [] } of obstacles)
    for (const one of [reason, ...others]) counts.set(one, (counts.get(one) ?? 0) + 1);
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available${reasons.length === 0 ? "" : `: ${reasons.join(", ")}`}.`;
}
