import { get } from "@fairlead/apimachinery";
import { formatRef, type Finding } from "@fairlead/krm";
import { compile } from "../../../src/compile/compile.ts";
import { parseResources, type NamedText } from "../../../src/compile/text.ts";
import { readConfig } from "../../../src/fn/config.ts";
import type { Fence } from "./fences.ts";
import { declarationAround } from "./skeleton.ts";

const own = /\bfairlead\.dev\/v1alpha1\b|^kind: Lummo/m;

/**
 * The findings of a YAML block, or undefined when nothing in it is for Fairlead. A block with `in=App` is a fragment of
 * an App's spec; `with=NAME,NAME` compiles earlier `file=NAME` blocks along.
 */
export async function findingsOf(fence: Fence, files: ReadonlyMap<string, string>): Promise<Finding[] | undefined> {
  const where = fence.info.get("in");
  if (where === undefined && !own.test(fence.body)) return undefined;
  const text = where === undefined ? fence.body : declarationAround(where, fence.body);
  const beside = (fence.info.get("with") ?? "").split(",").filter((name) => name !== "");
  const inputs: NamedText[] = [{ name: "block.yaml", text }];
  for (const name of beside) {
    const other = files.get(name);
    if (other === undefined) throw new Error(`with=${name}: no earlier block is file=${name}`);
    inputs.push({ name, text: other });
  }
  const { resources, findings } = parseResources(inputs);
  const isRender = (value: unknown) => get(value as never, "kind") === "Render";
  const settings = resources.filter(({ value }) => isRender(value)).flatMap(({ value }) => readConfig(value).findings);
  const compiled = await compile(
    resources.filter(({ value }) => !isRender(value)),
    { environment: fence.info.get("env") },
  );
  return [...findings, ...settings, ...compiled.findings];
}

export function told({ severity, code, message, object }: Finding): string {
  return `${severity} ${code} ${object === undefined ? "" : formatRef(object)}: ${message}`;
}
