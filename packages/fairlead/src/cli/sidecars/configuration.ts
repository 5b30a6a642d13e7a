import { isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import { parseResources } from "../../compile/text.ts";
import type { TextFile } from "../../input/read.ts";
import { apiVersion } from "../../kinds/group.ts";
import { readFortsa, type CompatCommand } from "../../plan/sidecars/config/compat-flags.ts";
import { readSidecarPolicy } from "../../plan/sidecars/config/read-sidecar-policy.ts";
import type { SidecarSettings } from "../../plan/sidecars/model/settings.ts";
import type { CliContext } from "../context.ts";
import { readFiles } from "../load.ts";
import { placed, sourcesOf } from "../mesh/place.ts";
import { sidecarCliFinding } from "./findings.ts";
import type { SidecarFlags } from "./flags.ts";
import { setField } from "./set-field.ts";

export interface ReadSidecarConfiguration {
  readonly settings: SidecarSettings;
  /** What the predecessor's flags say of the command itself. */
  readonly command: CompatCommand | undefined;
  readonly files: readonly TextFile[];
  readonly findings: readonly Finding[];
}

export interface ConfigurationFlags extends SidecarFlags {
  readonly dryRun?: boolean;
}

/**
 * What configures the sidecars: the predecessor's flags and environment if `--compat-flags` is given, else `--config`,
 * else the SidecarPolicy that was found; `--set` and `--dry-run` count before all of them.
 */
export async function readSidecarConfiguration(
  context: CliContext,
  flags: ConfigurationFlags,
  found: KrmObject | undefined,
): Promise<ReadSidecarConfiguration> {
  const base = await baseOf(context, flags, found);
  const findings = [...base.findings];
  let spec = isObject(base.policy) && isObject(base.policy["spec"]) ? base.policy["spec"] : {};
  for (const text of flags.set ?? []) {
    const set = setField(spec, text);
    if (set.kind === "spec") spec = set.spec;
    else findings.push(sidecarCliFinding("FL890", { message: set.message, hint: set.hint }));
  }
  if (flags.dryRun === true)
    spec = { ...spec, restart: { ...(isObject(spec["restart"]) && spec["restart"]), dryRun: true } };
  const read = readSidecarPolicy({ ...base.policy, spec });
  return {
    settings: read.settings,
    command: base.command,
    files: base.files,
    findings: [...findings, ...placed(read.findings, base.sources)],
  };
}

interface Base {
  readonly policy: JsonObject;
  readonly command: CompatCommand | undefined;
  readonly files: readonly TextFile[];
  readonly findings: readonly Finding[];
  readonly sources: ReturnType<typeof sourcesOf>;
}

const none = { apiVersion, kind: "SidecarPolicy", metadata: { name: "sidecars" } };

async function baseOf(context: CliContext, flags: ConfigurationFlags, found: KrmObject | undefined): Promise<Base> {
  const nothing = { command: undefined, files: [], findings: [], sources: sourcesOf([]) };
  if (flags.compatFlags !== undefined) {
    const { spec, command, findings } = readFortsa(flags.compatFlags, context.env);
    return { ...nothing, policy: { ...none, spec: spec as unknown as JsonObject }, command, findings };
  }
  if (flags.config === undefined) return { ...nothing, policy: (found as JsonObject | undefined) ?? none };
  const { files, finding } = await readFiles(context, [flags.config], {});
  if (finding !== undefined) return { ...nothing, policy: none, findings: [finding] };
  const { resources, findings } = parseResources(files);
  const [first, ...others] = resources.map(({ value }): JsonValue => value);
  if (!isObject(first) || others.length > 0) {
    const message = `${flags.config} holds ${resources.length} objects`;
    const hint = "give --config a file with one SidecarPolicy";
    const wrong = sidecarCliFinding("FL891", { message, hint });
    return { ...nothing, policy: none, files, findings: [...findings, wrong] };
  }
  return { ...nothing, policy: first, files, findings, sources: sourcesOf(resources) };
}
