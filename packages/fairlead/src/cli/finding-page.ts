import type { FindingDefinition } from "@fairlead/krm";
import { paint } from "./paint.ts";
import { wrap } from "./wrap.ts";

/** What a finding code means and what to do about it. */
export function findingPage(code: string, definition: FindingDefinition, color: boolean): string {
  const { bold } = paint(color);
  const { title, severity, explanation, remedy } = definition;
  const advice = wrap(`What to do: ${remedy}`, 80).replace("What to do:", (label) => bold(label));
  return `${bold(`${code}  ${title}`)}  (${severity})\n\n${wrap(explanation, 80)}\n\n${advice}\n`;
}
