import { readFileSync } from "node:fs";
import path from "node:path";

export type Recorded<Request, Answer> = { readonly request: Request; readonly answer: Answer };

/** What Kubernetes' own code answered (see tools/oracle); tests compare with it. */
export function recorded<Request, Answer>(name: string): Recorded<Request, Answer>[] {
  const text = readFileSync(path.join(import.meta.dirname, "recorded", `${name}.jsonl`), "utf8");
  const lines = text.trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Recorded<Request, Answer>);
}
