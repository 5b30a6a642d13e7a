/** What is decided of workloads in one cluster, by injectors that answer at once. */
import assert from "node:assert/strict";
import type { JsonObject } from "@fairlead/apimachinery";
import type { IstioOptions } from "@fairlead/sim";
import type { Decision, Outdated } from "../../src/plan/sidecars/model/decision.ts";
import type { SidecarSettings } from "../../src/plan/sidecars/model/settings.ts";
import { defaultSettings } from "../../src/plan/sidecars/presets.ts";
import { answersBy, decideAll, istio, namespaceOf, viewOf, type AnswersOptions } from "./plan-world.ts";

export const v28: IstioOptions = { version: "1.28.0" };
export const v29: IstioOptions = { version: "1.29.0" };
export const rev28: IstioOptions = { version: "1.28.0", revision: "1-28", tags: ["stable"] };
export const rev29: IstioOptions = { version: "1.29.0", revision: "1-29" };
export const shop = namespaceOf("shop", { "istio-injection": "enabled" });

interface Asked {
  readonly planes?: readonly IstioOptions[];
  readonly settings?: SidecarSettings;
  readonly answers?: AnswersOptions;
}

/** The decision about `web`, or about what is named, where a control plane of 1.29 serves. */
export function decisionOf(
  objects: readonly JsonObject[],
  { planes = [v29], settings = defaultSettings, answers }: Asked = {},
) {
  const view = viewOf([...planes.flatMap(istio), ...objects], { settings });
  const all = decideAll(view, answersBy(planes, { settings, ...answers }));
  return (key: string): Decision | undefined => all.get(`east/shop/${key}`);
}

export function outdatedOf(decision: Decision | undefined): Outdated {
  assert.equal(decision?.kind, "outdated", JSON.stringify(decision));
  return decision as Outdated;
}

export const fieldsOf = (decision: Decision | undefined): string[] => [
  ...new Set(outdatedOf(decision).differences.map(({ field }) => field)),
];
export const web = "Deployment.apps/web";
