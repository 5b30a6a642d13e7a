import type { Strategy } from "./strategy.ts";

/** What built-in kinds do besides what all do, by `deployments.apps`. */
export const strategies: ReadonlyMap<string, Strategy> = new Map<string, Strategy>();

export const plainStrategy: Strategy = {};
