import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { formatRef, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { noHardening } from "./app.ts";
import { importFinding } from "./findings.ts";

/** Switches that only an App has. */
const ofApps = new Set(["topologySpread", "disruptionBudget", "preStop"]);

function turnedOff(switches: JsonObject, kind: string): string[] {
  const names = Object.keys(noHardening).filter((name) => kind === "App" || !ofApps.has(name));
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
  const without = [...off, ...(unlimited ? ["resources"] : [])];
  if (without.length === 0) return undefined;
  const ref = refOf(declaration);
  return importFinding("FL500", {
    message: `${formatRef(ref)} does without ${without.length} secure default${without.length === 1 ? "" : "s"}: ${without.join(", ")}`,
    hint:
      off.length > 0
        ? "turn the switches of `hardening` on one by one, such as nonRoot: true"
        : "write `resources` instead of `unlimited`",
    object: ref,
    field: ["spec", off.length > 0 ? "hardening" : "containers"],
    ...file,
  });
}
