/**
 * The printer and the parser against js-yaml on the same objects, side by side; medians of five.
 *
 *   node --conditions=@fairlead/source bench/krm/yaml-print.ts [MB]
 */
import { createRequire } from "node:module";
import path from "node:path";
import { parseStream, printStream } from "@fairlead/krm";

type JsYaml = { dump(value: unknown): string; loadAll(text: string): unknown[] };
const require = createRequire(path.join(import.meta.dirname, "../../packages/krm/package.json"));

function deployment(i: number): Record<string, never> {
  const env = Array.from({ length: 20 }, (_, k) => ({
    name: `VARIABLE_${k}`,
    value: k % 3 === 0 ? String(k) : `value ${i} of ${k}`,
  }));
  const containers = [
    {
      name: "main",
      image: `registry.example/app:${i}`,
      args: ["--port=80", "-v", "a: b"],
      env,
      resources: { limits: { cpu: "1", memory: "128Mi" } },
    },
  ];
  const spec = {
    replicas: i % 7,
    selector: { matchLabels: { app: `app-${i}` } },
    template: { metadata: { labels: { app: `app-${i}` } }, spec: { containers } },
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `app-${i}`, annotations: { "example.com/note": "two\nlines\n" } },
    spec,
  } as never;
}

function median(work: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.round(times.sort((a, b) => a - b)[2]!);
}

const bytes = Number(process.argv[2] ?? 20) * 1e6;
const objects = [deployment(0)];
const count = Math.ceil(bytes / printStream(objects).length);
for (let i = 1; i < count; i++) objects.push(deployment(i));
const text = printStream(objects);
const report: Record<string, number> = {
  MB: Math.round(text.length / 1e5) / 10,
  documents: objects.length,
  "print ms": median(() => printStream(objects)),
  "parse ms": median(() => parseStream(text)),
  "JSON.stringify ms": median(() => JSON.stringify(objects)),
};
try {
  const peer = require("js-yaml") as JsYaml;
  report["js-yaml dump ms"] = median(() => objects.map((object) => peer.dump(object)).join("---\n"));
  report["js-yaml loadAll ms"] = median(() => peer.loadAll(text));
} catch {
  process.stderr.write("js-yaml is not installed; no comparison\n");
}
console.table(report);
