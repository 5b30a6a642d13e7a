/**
 * The compiler against its limits and peers, whole processes from dist/fairlead.mjs:
 *   npm run bench -- compile [--short]
 * Limits are targets that are printed beside the figures; nothing fails because a machine was slow.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureTool } from "../../scripts/real/ensure-tool.ts";
import { interleave, median, row, type Command, type Run } from "../lib/measure.ts";
import { appText, writeApps } from "./apps.ts";

const root = path.dirname(path.dirname(import.meta.dirname));
const dist = path.join(root, "dist", "fairlead.mjs");
const short = process.argv.includes("--short");

const head = "| work | runs | median | fastest – slowest | peak | limit |\n|---|---|---|---|---|---|";

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-compile-"));
  try {
    await small(folder);
    await large(folder);
    await underKustomize(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function node(...args: string[]): readonly [Command, boolean] {
  return [{ command: process.execPath, args }, true];
}

/** Start-up, and one App. The predecessor's binary took 116 ms for one. */
async function small(folder: string): Promise<void> {
  const file = path.join(folder, "one.yaml");
  writeFileSync(file, appText(0));
  const results = await interleave(
    new Map([
      ["node alone", node("-e", "0")],
      ["fairlead version", node(dist, "version")],
      ["fairlead --help", node(dist, "--help")],
      ["fairlead render, 1 App", node(dist, "render", "-f", file)],
    ]),
    short ? 7 : 20,
  );
  print("One process", results, {
    "fairlead version": "100 ms",
    "fairlead --help": "100 ms",
    "fairlead render, 1 App": "100 ms",
  });
}

/** Many Apps in one process: time per App and memory must not grow faster than their number. */
async function large(folder: string): Promise<void> {
  const sizes = short ? [1000, 5000, 20_000] : [1000, 5000, 10_000, 50_000];
  const all = new Map<string, Run[]>();
  for (const size of sizes) {
    const file = path.join(folder, `${size}.yaml`);
    await writeApps(file, size);
    const results = await interleave(
      new Map([[`fairlead render, ${size} Apps`, node(dist, "render", "-q", "-f", file)]]),
      short ? 3 : 7,
    );
    for (const [name, runs] of results) all.set(name, runs);
  }
  print("Many Apps in one process (the predecessor: 5,000 in 6.8 s, 1,970 MiB)", all, {
    "fairlead render, 5000 Apps": "1 s, 250 MiB",
  });
  const perApp = [...all.values()].map(
    (runs, index) => (median(runs.map(({ seconds }) => seconds)) / sizes[index]!) * 1e6,
  );
  process.stdout.write(
    `Time per App: ${perApp.map((time, index) => `${time.toFixed(0)} µs at ${sizes[index]}`).join(", ")}\n\n`,
  );
}

/** 1,000 Apps as one exec generator of kustomize, and the function alone on the same ResourceList. */
async function underKustomize(folder: string): Promise<void> {
  const kustomize = await ensureTool("kustomize");
  const count = 1000;
  const items = Array.from({ length: count }, (_, index) => appText(index).replace(/^/gm, "      ").trimEnd());
  const config = (indent: string) =>
    `apiVersion: fairlead.dev/v1alpha1\nkind: Render\nmetadata:\n  name: shop\n  annotations:\n    config.kubernetes.io/function: |\n      exec:\n        path: ./fn\nspec:\n  items:\n${items.map((item) => `    - ${item.trimStart()}`).join("\n")}\n`.replace(
      /^/gm,
      indent,
    );
  writeFileSync(path.join(folder, "render.yaml"), config(""));
  writeFileSync(path.join(folder, "kustomization.yaml"), "generators: [render.yaml]\n");
  writeFileSync(path.join(folder, "fn"), `#!/bin/sh\nexec "${process.execPath}" "${dist}" fn\n`, { mode: 0o755 });
  const list = path.join(folder, "list.yaml");
  writeFileSync(
    list,
    `apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nfunctionConfig:\n${config("  ")}`,
  );
  const results = await interleave(
    new Map<string, readonly [Command, boolean]>([
      [
        "kustomize build, 1,000 Apps, one exec generator",
        [{ command: kustomize, args: ["build", "--enable-alpha-plugins", "--enable-exec", folder] }, false],
      ],
      ["the function alone, same input", [{ command: process.execPath, args: [dist, "fn"], stdin: list }, true]],
    ]),
    short ? 2 : 5,
  );
  print("Under kustomize (the predecessor: 133–171 s as generators)", results, {
    "the function alone, same input": "400 ms",
  });
  const [whole, own] = [...results.values()].map((runs) => median(runs.map(({ seconds }) => seconds)));
  process.stdout.write(`The function's share of the build: ${((own! / whole!) * 100).toFixed(0)} %\n`);
}

function print(
  title: string,
  results: ReadonlyMap<string, readonly Run[]>,
  limits: { readonly [name: string]: string },
): void {
  process.stdout.write(
    `## ${title}\n\n${head}\n${[...results].map(([name, runs]) => row(name, runs, limits[name])).join("\n")}\n\n`,
  );
}

await main();
