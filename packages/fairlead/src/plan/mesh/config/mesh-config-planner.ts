import type { JsonValue } from "@fairlead/apimachinery";
import type { MeshConfigSpec } from "../../../kinds/mesh-config.ts";
import type { Planner } from "../../planner.ts";
import { readMeshConfigSpec } from "./read-mesh-config.ts";

/** A MeshConfig becomes nothing by itself; whoever checks it hears what the mesh would say of it. */
export const meshConfigPlanner: Planner<MeshConfigSpec> = {
  kind: "MeshConfig",
  plan({ ref, spec }) {
    const findings = readMeshConfigSpec(spec as unknown as JsonValue).findings.map((finding) => ({
      ...finding,
      object: ref,
      field: ["spec", ...(finding.field ?? [])],
    }));
    return { scope: ref, desired: [], complete: true, actions: [], needs: [], findings };
  },
};
