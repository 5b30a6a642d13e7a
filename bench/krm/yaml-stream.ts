/**
 * Memory and time of reading one long stream of documents, which is generated on the fly.
 *
 *   node --conditions=@fairlead/source bench/krm/yaml-stream.ts [MB]
 *
 * The figures are those of a child process, because a process's peak never falls.
 */
import { spawnSync } from "node:child_process";
import { parseBytes } from "@fairlead/krm";

const chunkSize = 65_536;

async function* stream(megabytes: number): AsyncGenerator<Uint8Array> {
  let rest = "";
  let sent = 0;
  for (let i = 0; sent < megabytes * 1e6; i++) {
    rest += `---\n# document ${i}\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-${i}\n  labels: {app: app-${i}}\nspec:\n  replicas: ${i % 7}\n  template:\n    spec:\n      containers:\n      - name: main\n        image: "registry.example/app:${i}"\n        args: ["--port", '80']\n        env:\n${Array.from({ length: 30 }, (_, k) => `        - name: VARIABLE_${k}\n          value: "value ${i} ${k}"\n`).join("")}  note: |\n    some text\n    of two lines\n`;
    while (rest.length >= chunkSize) {
      yield Buffer.from(rest.slice(0, chunkSize));
      sent += chunkSize;
      rest = rest.slice(chunkSize);
    }
  }
  yield Buffer.from(rest);
}

async function child(megabytes: number): Promise<void> {
  const start = performance.now();
  let documents = 0;
  for await (const result of parseBytes(stream(megabytes))) {
    documents += result.documents.length;
    if (result.findings.length > 0) throw new Error(result.findings[0]!.message);
  }
  const seconds = (performance.now() - start) / 1000;
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(`${JSON.stringify({ megabytes, documents, seconds: Number(seconds.toFixed(2)), peakMiB })}\n`);
}

if (process.argv[2] === "--child") {
  await child(Number(process.argv[3]));
} else {
  const megabytes = process.argv[2] ?? "100";
  const run = spawnSync(process.execPath, [...process.execArgv, import.meta.filename, "--child", megabytes], {
    encoding: "utf8",
  });
  process.stdout.write(run.stdout);
  process.stderr.write(run.stderr);
  process.exitCode = run.status ?? 1;
}
