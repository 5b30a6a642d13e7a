/**
 * `npm run test:real`: the suites that need a real Kubernetes control plane. It builds what is missing (once, into the
 * user's cache), starts what the suites' names ask for, and runs each suite in its own process:
 *
 *   test/real/NAME.test.ts           an API server with the third-party kinds, which such suites share
 *   test/real/NAME.cluster.test.ts   … with controllers, a scheduler and nodes, which they share one after the other
 *   test/real/NAME.own.test.ts       nothing: it starts what it needs
 *
 *   npm run test:real                              everything, on the newest Kubernetes
 *   npm run test:real -- --kubernetes 1.30         … on the oldest that is supported
 *   npm run test:real -- test/real/plane.test.ts   these files only
 *   npm run test:real -- --test-name-pattern=RE    options of node:test pass through
 *   npm run test:real -- --serve [--nodes 3]       starts the plane only, and keeps it until Ctrl-C
 *
 * The last line is `N passed, N failed`; exit code 1 on a failure, also when a program can neither be found nor built.
 */
import { globSync, writeFileSync } from "node:fs";
import path from "node:path";
import { matches } from "../testing/files.ts";
import type { StepResult } from "../testing/step.ts";
import { accessFile, accessVariable, suitePrograms, type SuiteAccess } from "./access.ts";
import { repositoryRoot as root } from "./corpus.ts";
import { collectCrds } from "./crds.ts";
import { ensureTool } from "./ensure-tool.ts";
import { RealPlaneError } from "./errors.ts";
import { installCrds } from "./install-crds.ts";
import { runLanes, type Lane } from "./lanes.ts";
import { startPlane, type Plane } from "./plane.ts";
import { report, withProgress } from "./progress.ts";
import { recordUnitTests } from "./record-unit-tests.ts";
import { kubernetesRelease, kubernetesVariable } from "./versions.ts";

interface Wanted {
  readonly kubernetes: string;
  readonly files: readonly string[];
  readonly testOptions: readonly string[];
  /** Only starts the plane. */
  readonly serve: boolean;
  /** Of the plane that is served, and of the suites' cluster. */
  readonly nodes: number | undefined;
}

/** Enough for zones to matter. */
const defaultNodes = 3;

function parse(parameters: readonly string[]): Wanted {
  const filters: string[] = [];
  const testOptions: string[] = [];
  let kubernetes: string | undefined;
  let nodes: number | undefined;
  let serve = false;
  for (let i = 0; i < parameters.length; i++) {
    const one = parameters[i]!;
    const [option, inline] = one.startsWith("--test-") ? [one] : (one.split("=", 2) as [string, string?]);
    const value = (): string => inline ?? parameters[++i] ?? "";
    if (option === "--kubernetes") kubernetes = value();
    else if (option === "--nodes") nodes = parseNodes(value());
    else if (option === "--serve") serve = true;
    else if (option.startsWith("--test-")) testOptions.push(one);
    else if (option.startsWith("-")) throw new RealPlaneError("bad-input", `unknown option ${one}`);
    // npm runs scripts in the root but tells where it was called.
    else filters.push(path.relative(root, path.resolve(process.env["INIT_CWD"] ?? process.cwd(), one)));
  }
  const files = globSync("test/real/**/*.test.ts", { cwd: root }).sort();
  return {
    kubernetes: kubernetesRelease(kubernetes),
    files: files.filter((file) => matches(file, filters)),
    testOptions,
    serve,
    nodes,
  };
}

function parseNodes(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new RealPlaneError("bad-input", `--nodes ${JSON.stringify(text)} is not a number from 0 to 999`);
}

/** Tells how to use the plane from another terminal, and keeps it until the process is told to end. */
async function keep(plane: Plane): Promise<void> {
  process.stdout.write(`export KUBECONFIG=${plane.kubeconfig}\n`);
  process.stdout.write(`export ${accessVariable}=${accessFile(plane.folder)}\n`);
  report("running; Ctrl-C ends it");
  await new Promise<void>((resolve) => {
    const beat = setInterval(() => {}, 60_000);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        clearInterval(beat);
        resolve();
      });
    }
  });
}

/** A plane with every third-party kind that is at hand, and the file that tells suites of it. */
async function prepare(kubernetes: string, nodes: number): Promise<Plane> {
  const programs: [string, string][] = [];
  for (const name of suitePrograms) {
    // How kubectl reads YAML is compared for the newest one only: it has changed in details since 1.30.
    programs.push([name, await ensureTool(name, name === "yaml-oracle" ? {} : { kubernetes })]);
  }
  const { crds, absentGroups } = await collectCrds();
  const title = `Kubernetes ${kubernetes}${nodes > 0 ? ` with ${nodes} nodes` : ""}`;
  const plane = await withProgress(`starting ${title}`, () =>
    startPlane({ kubernetes, nodes, readyTimeoutMs: 120_000 }),
  );
  try {
    await withProgress(`installing ${crds.length} CRDs in ${title}`, () => installCrds(plane, crds));
  } catch (error) {
    await plane.stop();
    throw error;
  }
  const { name, url, token, certificate, kubeconfig, folder } = plane;
  const access: SuiteAccess = {
    plane: { name, url, token, certificate, kubeconfig, kubernetes: plane.kubernetes, folder },
    programs: Object.fromEntries(programs) as SuiteAccess["programs"],
    absentGroups,
  };
  writeFileSync(accessFile(plane.folder), JSON.stringify(access), { mode: 0o600 });
  return plane;
}

function lanesOf({ kubernetes, files, nodes = defaultNodes }: Wanted): Lane[] {
  const version = { [kubernetesVariable]: kubernetes };
  const isCluster = (file: string): boolean => file.endsWith(".cluster.test.ts");
  const isOwn = (file: string): boolean => file.endsWith(".own.test.ts");
  const shared = async (count: number, more: (plane: Plane) => Promise<Readonly<Record<string, string>>>) => {
    const plane = await prepare(kubernetes, count);
    try {
      const env = { ...version, [accessVariable]: accessFile(plane.folder), ...(await more(plane)) };
      return { env, stop: () => plane.stop() };
    } catch (error) {
      await plane.stop();
      throw error;
    }
  };
  const plain = files.filter((file) => !isCluster(file) && !isOwn(file));
  const record = plain.some((file) => file.endsWith("examples.test.ts"));
  return [
    {
      files: files.filter(isOwn),
      slots: 1,
      prepare: () => Promise.resolve({ env: version, stop: () => Promise.resolve() }),
    },
    { files: files.filter(isCluster), slots: 1, prepare: () => shared(nodes, () => Promise.resolve({})) },
    {
      files: plain,
      slots: 2,
      prepare: () => shared(0, ({ folder }) => (record ? recordUnitTests(folder) : Promise.resolve({}))),
    },
  ];
}

function show(result: StepResult): void {
  const counts = [`${result.passed} passed`, ...(result.skipped > 0 ? [`${result.skipped} skipped`] : [])].join(", ");
  const ok = result.failed === 0;
  process.stdout.write(
    `${ok ? "✔" : "✖"} ${result.name}: ${ok ? "" : `${result.failed} failed, `}${counts} (${result.seconds.toFixed(1)} s)\n`,
  );
  if (!ok) process.stdout.write(`${result.output.trimEnd()}\n`);
  for (const note of result.notes) process.stdout.write(`  ℹ ${note}\n`);
}

async function main(): Promise<boolean> {
  const wanted = parse(process.argv.slice(2));
  if (wanted.serve) {
    const plane = await prepare(wanted.kubernetes, wanted.nodes ?? 0);
    try {
      await keep(plane);
      return true;
    } finally {
      await plane.stop();
    }
  }
  if (wanted.files.length === 0) throw new RealPlaneError("bad-input", "no suite of test/real matches");
  const run = { root, slots: 2, testOptions: wanted.testOptions, onResult: show };
  const results = await runLanes(lanesOf(wanted), run);
  const sum = (key: "passed" | "failed" | "skipped"): number => results.reduce((total, one) => total + one[key], 0);
  const skipped = sum("skipped");
  process.stdout.write(
    `\nKubernetes ${wanted.kubernetes}\n${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
  );
  return sum("failed") === 0;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof RealPlaneError)) throw error;
  process.stderr.write(`real plane: ${error.message}\n`);
  process.stdout.write("\n0 passed, 1 failed\n");
  process.exitCode = 1;
}
