// Asks Kubernetes' own code again for every recorded answer in test/recorded, after cases were added or Kubernetes
// moved on. The oracle is built by `go build ./oracle` in a module like the one that scripts/refresh-openapi.ts writes.
// Usage: node packages/apimachinery/tools/record.ts ORACLE-BINARY
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

type Recorded = { request: unknown; answer?: unknown };

const folder = path.join(import.meta.dirname, "../test/recorded");
const oracle = process.argv[2];
if (oracle === undefined) throw new Error("usage: record.ts ORACLE-BINARY");

for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
  const place = path.join(folder, file);
  const cases = JSON.parse(readFileSync(place, "utf8")) as Recorded[];
  const input = cases.map(({ request }) => JSON.stringify(request)).join("\n");
  const { stdout, stderr, status } = spawnSync(oracle, { input, encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${file}: ${stderr}`);
  const answers = stdout.trim().split("\n");
  const lines = cases.map(
    ({ request }, index) => `{"request":${JSON.stringify(request)},\n"answer":${answers[index]}}`,
  );
  writeFileSync(place, `[\n${lines.join(",\n")}\n]\n`);
  process.stdout.write(`${file}: ${cases.length}\n`);
}
