import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import { formatRef, refKey, refOf, type KrmObject } from "@fairlead/krm";
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
function summaryOf({ kind, spec }: KrmObject): string {
  if (!isObject(spec)) return "";
  const range = (least: string, most: string, preset: number) =>
    `  ${word(spec[least] ?? preset)}–${word(spec[most])} replicas`;
  if (kind === "Service" && Array.isArray(spec["ports"])) return `  ${spec["ports"].map(portOf).join(" ")}`;
  if (kind === "ScaledObject") return range("minReplicaCount", "maxReplicaCount", 0);
  if (kind === "HorizontalPodAutoscaler") return range("minReplicas", "maxReplicas", 1);
  if (kind === "CronJob") return `  ${word(spec["schedule"])}${spec["suspend"] === true ? " (suspended)" : ""}`;
  return typeof spec["replicas"] === "number" ? `  ${spec["replicas"]} replicas` : "";
}

function portOf(port: JsonValue): string {
  const name = get(port, "name");
  return `${name === undefined ? "" : `${word(name)}:`}${word(get(port, "port"))}`;
}

/** A scalar as a word; anything else would be a mistake of the schema's, and is shown as such. */
function word(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "?");
}
