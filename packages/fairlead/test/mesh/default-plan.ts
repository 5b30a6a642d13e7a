/** What tests of the default mode plan and look at. */
import type { JsonObject } from "@fairlead/apimachinery";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshPlan } from "../../src/plan/mesh/model/plan.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { app, threeClusters } from "./scenarios.ts";
import { specOf, world } from "./world.ts";

export const orders = [...app("eu/shop/orders", "orders"), ...app("us/store/orders", "orders")];
export const host = "stage.orders.global";

export function plan(changes: readonly FleetChange[], identity = "orders", settings = defaultSettings): MeshPlan {
  return planKey(world(settings, [...threeClusters, ...changes]), `identity:${identity}`);
}

/** What the locality of each endpoint is called in a cluster, by address. */
export function localitiesIn(of: MeshPlan, cluster: string, name: string): { [address: string]: string } {
  const endpoints = specOf(of, cluster, `ServiceEntry ${name}-se`)["endpoints"] as JsonObject[];
  return Object.fromEntries(endpoints.map(({ address, locality }) => [address as string, locality as string]));
}

export function codes(of: MeshPlan): readonly string[] {
  return of.findings.map(({ code, severity, message }) => `${code} ${severity}: ${message}`);
}
