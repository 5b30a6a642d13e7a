import type { JsonValue } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import { parseResources } from "../../compile/text.ts";
import type { TextFile } from "../../input/read.ts";
import { apiVersion } from "../../kinds/group.ts";
import { readCompatFlags } from "../../plan/mesh/config/compat-flags.ts";
import { defaultRegistry } from "../../plan/mesh/config/registry-settings.ts";
import { readMeshConfig } from "../../plan/mesh/config/read-mesh-config.ts";
import type { MeshConfiguration } from "../../plan/mesh/config/settings-of.ts";
import type { CliContext } from "../context.ts";
import { readFiles } from "../load.ts";
import { meshCliFinding } from "./findings.ts";
import type { MeshFlags } from "./flags.ts";
import { placed, sourcesOf } from "./place.ts";

export interface ReadConfiguration extends MeshConfiguration {
  readonly files: readonly TextFile[];
  readonly findings: readonly Finding[];
}

/**
 * What configures the mesh: the predecessor's flags if there are any, else `--config`, else the MeshConfig that was
 * found; `--compat` chooses the mode of all of them. `chosen` counts before everything else.
 */
export async function readConfiguration(
  context: CliContext,
  flags: Pick<MeshFlags, "config" | "compat" | "compatFlags">,
  found: KrmObject | undefined,
  chosen?: KrmObject,
): Promise<ReadConfiguration> {
  if (chosen !== undefined) return { ...readMeshConfig(chosen), files: [] };
  if (flags.compatFlags !== undefined) return { ...readCompatFlags(flags.compatFlags), files: [] };
  if (flags.config === undefined) return { ...readMeshConfig(inMode(found, flags)), files: [] };
  const { files, finding } = await readFiles(context, [flags.config], {});
  if (finding !== undefined) return { ...readMeshConfig(), files: [], findings: [finding] };
  const { resources, findings } = parseResources(files);
  const values = resources.map(({ value }) => value);
  if (values.length !== 1) {
    const message = `${flags.config} holds ${values.length} objects`;
    const hint = "give --config a file with one MeshConfig";
    return { ...readMeshConfig(), files, findings: [...findings, meshCliFinding("FL834", { message, hint })] };
  }
  const read = readMeshConfig(inMode(values[0] as KrmObject, flags));
  return { ...read, files, findings: [...findings, ...placed(read.findings, sourcesOf(resources))] };
}

/** Where the MeshConfig of a home cluster is. */
export function configNamespace({ namespace }: { readonly namespace?: string }): string {
  return namespace ?? defaultRegistry.namespace;
}

function inMode(found: KrmObject | undefined, { compat }: Pick<MeshFlags, "compat">): JsonValue | undefined {
  if (compat === undefined) return found as JsonValue | undefined;
  const spec = found?.["spec"];
  const config = found ?? { apiVersion, kind: "MeshConfig", metadata: { name: "mesh" } };
  return { ...config, spec: { ...(typeof spec === "object" && spec !== null ? spec : {}), compat } } as JsonValue;
}
