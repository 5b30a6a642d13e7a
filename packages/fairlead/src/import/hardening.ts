import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { formatRef, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { importFinding } from "./findings.ts";

/** What each switch would do, in the words of the finding. */
const meanings: { readonly [name: string]: string } = {
  nonRoot: "run as a user other than root",
  readOnlyRootFilesystem: "make the root file system read-only",
  noPrivilegeEscalation: "forbid privilege escalation",
  dropCapabilities: "drop all capabilities",
  seccomp: "use the runtime's seccomp profile",
  noServiceAccountToken: "mount no API token",
  topologySpread: "spread replicas over zones and nodes",
  disruptionBudget: "add a disruption budget",
  preStop: "sleep before stopping",
};

/** Switches that only an App has. */
const ofApps = new Set(["topologySpread", "disruptionBudget", "preStop"]);

function turnedOff(switches: JsonObject, kind: string): string[] {
  const names = Object.keys(meanings).filter((name) => kind === "App" || !ofApps.has(name));
  return names.filter((name) => (switches[name] ?? switches["default"]) === false);
}

/** One finding for what a declaration does without. */
export function hardeningFinding(declaration: KrmObject, file: { file?: string }): Finding | undefined {
  const spec = declaration["spec"];
  const switches = get(spec, "hardening");
  const off = isObject(switches) ? turnedOff(switches, declaration.kind) : [];
  const unlimited = ["containers", "initContainers"].some((list) => {
    const containers = get(spec, list);
    return Array.isArray(containers) && containers.some((container) => get(container, "resources") === "unlimited");
  });
  const possible = [
    ...off.map((name) => `${meanings[name] ?? name} (${name})`),
    ...(unlimited ? ["limit CPU and memory (resources)"] : []),
  ];
  if (possible.length === 0) return undefined;
  const ref = refOf(declaration);
  return importFinding("FL500", {
    message: `${formatRef(ref)} could ${possible.join(", ")}`,
    hint:
      off.length > 0
        ? "turn the switches of `hardening` on one by one, such as nonRoot: true"
        : "write `resources` instead of `unlimited`",
    object: ref,
    field: ["spec", off.length > 0 ? "hardening" : "containers"],
    ...file,
  });
}
