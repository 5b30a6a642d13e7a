import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { JsonObject } from "@fairlead/apimachinery";
import { parseStream, print } from "@fairlead/krm";
import type { Summary } from "../scenario/normalize.ts";

/** What kube-controller-manager did, by the scenario's title. */
export type Recorded = ReadonlyMap<string, Summary>;

const header = `# What kube-controller-manager 1.36 makes of the scenarios in ../scenarios.
# Written by UPDATE_SCENARIOS=1 npm run test:real -- test/real/sim-controllers.cluster.test.ts
`;

const folder = path.join(import.meta.dirname, "..", "recorded");

export function readRecorded(group: string): Recorded {
  const file = path.join(folder, `${group}.yaml`);
  if (!existsSync(file)) return new Map();
  const { documents, findings } = parseStream(readFileSync(file, "utf8"), { file });
  if (findings.length > 0) throw new Error(`${file}: ${findings[0]!.message}`);
  return new Map(
    documents.map(({ value }) => {
      const { title, ...summary } = value as JsonObject;
      return [title as string, summary as unknown as Summary];
    }),
  );
}

/** In the order of the titles. */
export function writeRecorded(group: string, titles: readonly string[], summaries: Recorded): void {
  const texts = titles.flatMap((title) => {
    const summary = summaries.get(title);
    return summary === undefined
      ? []
      : [print({ title, events: summary.events, objects: summary.objects } as unknown as JsonObject)];
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${group}.yaml`), header + texts.join("---\n"));
}
