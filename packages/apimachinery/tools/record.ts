import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** One line of a file: what is asked, and what was answered last time. */
type Recorded = { readonly request: unknown };

const folder = path.join(import.meta.dirname, "../test/recorded");

/** Asks Kubernetes' own code (the program built from tools/oracle) every question of test/recorded again. */
export function record(oracle: string): void {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".jsonl"))) {
    const place = path.join(folder, file);
    const lines = readFileSync(place, "utf8").trim().split("\n");
    const requests = lines.map((line) => JSON.stringify((JSON.parse(line) as Recorded).request));
    const input = requests.join("\n");
    const { stdout, stderr, status } = spawnSync(oracle, { input, encoding: "utf8", maxBuffer: 1 << 28 });
    if (status !== 0) throw new Error(`${file}: ${stderr}`);
    const answers = stdout.trim().split("\n");
    const recorded = requests.map((request, index) => `{"request":${request},"answer":${answers[index]}}\n`);
    writeFileSync(place, recorded.join(""));
    process.stdout.write(`${file}: ${requests.length}\n`);
  }
}
