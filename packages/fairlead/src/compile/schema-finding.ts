import type { FieldPath, Problem } from "@fairlead/apimachinery";
import { problemFinding, type Finding, type ObjectRef } from "@fairlead/krm";

/** What the schema of a kind of ours objects to; for a missing field it names the command that explains what belongs there. */
export function schemaFinding(problem: Problem, object: ObjectRef): Finding {
  return problemFinding(problem, { object, missingHint: explainHint });
}

function explainHint(path: FieldPath, { kind }: ObjectRef): string {
  const names = path.filter((step) => typeof step === "string");
  const odd = names.findIndex((name) => !/^[A-Za-z]\w*$/.test(name));
  const asked = [kind, ...(odd < 0 ? names : names.slice(0, odd))].join(".");
  return `add the field; \`fairlead explain ${asked}\` shows what belongs there`;
}
