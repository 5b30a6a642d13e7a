import type { FindingDefinition } from "@fairlead/krm";
import { paint } from "./paint.ts";
import { wrap } from "./wrap.ts";

/** What a finding code means and what to do about it. */
export function findingPage(code: string, definition: FindingDefinition, color: boolean): string {
  const { bold } = paint(color);
  const { title, severity, explanation, remedy } = definition;
  return `${bold(`${code}  ${title}`)}  (${severity})\n\n${wrap(explanation, 80)}\n\n${bold("What to do:")} ${wrap(remedy, 80)}\n`;
}
