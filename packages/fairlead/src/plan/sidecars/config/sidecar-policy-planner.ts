import type { JsonValue } from "@fairlead/apimachinery";
import type { SidecarPolicySpec } from "../../../kinds/sidecar-policy.ts";
import type { Planner } from "../../planner.ts";
import { readSidecarSpec } from "./read-sidecar-policy.ts";

/** A SidecarPolicy becomes nothing by itself; whoever checks it hears what the sidecars' controller would say of it. */
export const sidecarPolicyPlanner: Planner<SidecarPolicySpec> = {
  kind: "SidecarPolicy",
  plan({ ref, spec }) {
    const findings = readSidecarSpec(spec as unknown as JsonValue).findings.map((finding) => ({
      ...finding,
      object: ref,
      field: ["spec", ...(finding.field ?? [])],
    }));
    return { scope: ref, desired: [], complete: true, actions: [], needs: [], findings };
  },
};
