import { print } from "@fairlead/krm";
import type { JsonValue } from "@fairlead/apimachinery";
import { homeAccess } from "../../packages/fairlead/src/plan/mesh/config/access.ts";
import { defaultSettings as meshSettings } from "../../packages/fairlead/src/plan/mesh/model/presets.ts";
import { sidecarAccess, sidecarRules } from "../../packages/fairlead/src/plan/sidecars/config/access.ts";
import { defaultSettings } from "../../packages/fairlead/src/plan/sidecars/presets.ts";

/** The rights of controllers, as the kustomize base and the chart bring them: made of what the code reads and writes. */
export function deployFiles(): [string, string][] {
  const source = "packages/fairlead/src/plan/sidecars/config/access.ts";
  const ofMesh = "packages/fairlead/src/plan/mesh/config/access.ts";
  return [
    [
      "deploy/mesh/rbac.yaml",
      `# What \`fairlead run mesh\` may do in the home cluster, by the defaults of a MeshConfig. What it may do in the clusters of\n` +
        `# the mesh, \`fairlead mesh clusters add\` sets up in each of them. Generated from ${ofMesh}.\n` +
        homeAccess(meshSettings)
          .map((object) => print(plain(object)))
          .join("---\n"),
    ],
    [
      "deploy/sidecars/rbac.yaml",
      `# What \`fairlead run sidecars\` may do, by the defaults of a SidecarPolicy; evictions and questions by dry run need one\n` +
        `# rule more: docs/how-to/sidecars.md. Generated from ${source}.\n` +
        sidecarAccess(defaultSettings)
          .map((object) => print(plain(object)))
          .join("---\n"),
    ],
    [
      "deploy/charts/fairlead/files/sidecars-rules.yaml",
      `# Generated from ${source}.\n${print(plain(sidecarRules(defaultSettings)))}`,
    ],
  ];
}

/** Without references from one place to another, which YAML would write as anchors. */
function plain(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}
