import { equal, type FieldPath, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import type { MeshConfigSpec } from "../../../kinds/mesh-config.ts";
import { meshConfigFinding } from "./findings.ts";
import type { CompatFlag, FlagValue } from "../../shared/pflag/flag.ts";
import { parseFlags } from "../../shared/pflag/parse-flags.ts";
import { specOfFlags } from "./flags/spec-of-flags.ts";
import { compatFlags, flagNamed, flagTable, flagValues } from "./flags/table.ts";
import { readMeshConfigSpec, type MeshConfigReading } from "./read-mesh-config.ts";
import { shortSpec } from "./short-spec.ts";

export { compatFlags } from "./flags/table.ts";

export interface CompatReading extends MeshConfigReading {
  /** The same as a MeshConfig that says no more than it must. */
  readonly spec: MeshConfigSpec;
}

/**
 * The configuration that the predecessor's arguments ask for, in admiral mode. Total: what the predecessor would refuse
 * is a finding (FL824, FL825), what has no effect here is one as well (FL826, FL827).
 */
export function readCompatFlags(args: readonly string[]): CompatReading {
  const { given, findings } = parseFlags(args, flagTable);
  const values = flagValues(given);
  const reading = readMeshConfigSpec(specOfFlags(values) as unknown as JsonValue);
  const { settings } = reading;
  const kubeconfig = values.text("kube_config");
  const registry = kubeconfig === "" ? reading.registry : { ...reading.registry, kubeconfig };
  return {
    settings,
    registry,
    spec: shortSpec({ settings, registry }),
    findings: [...findings, ...reading.findings.map((finding) => asFlag(finding, given)), ...withoutEffect(given)],
  };
}

/** A finding about a field of the MeshConfig, told as one about the flag that sets it. */
function asFlag(finding: Finding, given: ReadonlyMap<string, FlagValue>): Finding {
  const path = pathText(finding.field ?? []);
  const about = (field: string): boolean =>
    field === path || path.startsWith(`${field}.`) || field.startsWith(`${path}.`);
  const candidates = compatFlags.filter(({ becomes }) => becomes.some(about));
  const flag = candidates.find(({ name }) => given.has(name));
  if (flag === undefined) return finding;
  const { code, severity, message, hint } = finding;
  const asked = code === "FL820" ? "FL825" : "FL822";
  return meshConfigFinding(asked, {
    message: `--${flag.name}: ${message}`,
    severity,
    ...(hint !== undefined && code !== "FL820" && { hint }),
  });
}

/** Without the positions in lists. */
function pathText(path: FieldPath): string {
  return path.filter((step) => typeof step === "string").join(".");
}

function withoutEffect(given: ReadonlyMap<string, FlagValue>): Finding[] {
  return [...given].flatMap(([name, value]) => {
    const flag = flagNamed(name)!;
    const finding = effectOf(flag, value);
    return finding === undefined ? [] : [finding];
  });
}

function effectOf(flag: CompatFlag, value: FlagValue): Finding | undefined {
  const message = `--${flag.name} has no effect: ${flag.note}`;
  switch (flag.effect) {
    case "field":
      return undefined;
    case "command":
      return flag.name === "kube_config" ? undefined : meshConfigFinding("FL826", { message });
    case "replaced":
      // Nothing is asked for by an empty text.
      return value === "" || equal(value as JsonValue, flag.harmless as JsonValue)
        ? meshConfigFinding("FL826", { message })
        : meshConfigFinding("FL827", { message, hint: flag.note });
    case "always":
    case "unread":
    case "pointless":
      return meshConfigFinding("FL826", { message });
  }
}
