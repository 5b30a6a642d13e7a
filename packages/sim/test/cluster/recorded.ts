import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { JsonObject } from "@fairlead/apimachinery";
import { parseStream, print } from "@fairlead/krm";
import type { Look } from "./summary.ts";

/** What kube-controller-manager and kube-scheduler made of the scenarios of a group, by title. */
export type Recorded = ReadonlyMap<string, readonly Look[]>;

const header = `# What kube-controller-manager and kube-scheduler 1.36 make of the scenarios in ../scenarios.
# Written by UPDATE_SCENARIOS=1 npm run test:real -- test/real/sim-cluster.cluster.test.ts
`;

const folder = path.join(import.meta.dirname, "recorded");

export function readRecorded(group: string): Recorded {
  const file = path.join(folder, `${group}.yaml`);
  if (!existsSync(file)) return new Map();
  const { documents, findings } = parseStream(readFileSync(file, "utf8"), { file });
  if (findings.length > 0) throw new Error(`${file}: ${findings[0]!.message}`);
  return new Map(
    documents.map(({ value }) => {
      const { title, looks } = value as JsonObject;
      return [title as string, looks as unknown as readonly Look[]];
    }),
  );
}

/** In the order of the titles. */
export function writeRecorded(group: string, titles: readonly string[], recorded: Recorded): void {
  const texts = titles.flatMap((title) => {
    const looks = recorded.get(title);
    return looks === undefined ? [] : [print({ title, looks } as unknown as JsonObject)];
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${group}.yaml`), header + texts.join("---\n"));
}
