import { formatRef, refKey, refOf } from "@fairlead/krm";
import type { Compiled } from "../compile/compile.ts";
import { paint } from "./paint.ts";

/** What each declaration became, as a tree. */
export function renderTree(compiled: Compiled, color: boolean): string {
  const { bold, dim } = paint(color);
  const children = new Map<string, string[]>();
  for (const { object, owner } of compiled.generated) {
    const key = refKey(owner);
    const ref = refOf(object);
    const line = `${ref.kind} ${ref.name}${dim(summaryOf(object))}`;
    const list = children.get(key);
    if (list === undefined) children.set(key, [line]);
    else list.push(line);
  }
  let text = "";
  for (const { ref } of compiled.declarations) {
    const lines = children.get(refKey(ref)) ?? [];
    if (lines.length === 0 && ref.kind === "Environment") continue;
    text += `${bold(formatRef(ref))}\n`;
    lines.forEach((line, index) => (text += `${index === lines.length - 1 ? "└─" : "├─"} ${line}\n`));
  }
  if (compiled.passed.length > 0) {
    text += `${bold("passed through")}\n`;
    compiled.passed.forEach((object, index) => {
      text += `${index === compiled.passed.length - 1 ? "└─" : "├─"} ${formatRef(refOf(object))}\n`;
    });
  }
  return text;
}

/** A few words that tell objects of one kind apart. */
function summaryOf(object: { kind: string; [field: string]: unknown }): string {
  const spec = object["spec"] as { [field: string]: unknown } | undefined;
  if (spec === undefined) return "";
  if (object.kind === "Service" && Array.isArray(spec["ports"])) {
    const ports = (spec["ports"] as { name?: string; port: number }[]).map(({ name, port }) =>
      name === undefined ? `${port}` : `${name}:${port}`,
    );
    return `  ${ports.join(" ")}`;
  }
  if (object.kind === "ScaledObject")
    return `  ${String(spec["minReplicaCount"] ?? 0)}–${String(spec["maxReplicaCount"])} replicas`;
  if (object.kind === "HorizontalPodAutoscaler")
    return `  ${String(spec["minReplicas"] ?? 1)}–${String(spec["maxReplicas"])} replicas`;
  if (object.kind === "CronJob")
    return `  ${String(spec["schedule"])}${spec["suspend"] === true ? " (suspended)" : ""}`;
  if (typeof spec["replicas"] === "number") return `  ${spec["replicas"]} replicas`;
  return "";
}
