/**
 * `npm run test:real`: the suites that need a real Kubernetes control plane. It builds what is missing (once, into the
 * user's cache), starts one plane with the third-party kinds, and runs every test/real suite against it, each in its
 * own process.
 *
 *   npm run test:real                              everything, on the newest Kubernetes
 *   npm run test:real -- --kubernetes 1.30         … on the oldest that is supported
 *   npm run test:real -- test/real/plane.test.ts   these files only
 *   npm run test:real -- --test-name-pattern=RE    options of node:test pass through
 *   npm run test:real -- --serve                   starts the plane only, and keeps it until Ctrl-C
 *
 * The last line is `N passed, N failed`; exit code 1 on a failure, also when a program can neither be found nor built.
 */
import { globSync, writeFileSync } from "node:fs";
import path from "node:path";
import { matches } from "../testing/files.ts";
import { runStep, runSteps, type Step, type StepResult } from "../testing/step.ts";
import { planSteps } from "../testing/steps.ts";
import { accessFile, accessVariable, suitePrograms, type SuiteAccess } from "./access.ts";
import { repositoryRoot as root } from "./corpus.ts";
import { collectCrds } from "./crds.ts";
import { ensureTool } from "./ensure-tool.ts";
import { RealPlaneError } from "./errors.ts";
import { installCrds } from "./install-crds.ts";
import { startPlane, type Plane } from "./plane.ts";
import { report, withProgress } from "./progress.ts";
import { renderedVariable } from "./rendered.ts";
import { kubernetesRelease } from "./versions.ts";

interface Wanted {
  readonly kubernetes: string;
  readonly files: readonly string[];
  readonly testOptions: readonly string[];
  /** Only starts the plane. */
  readonly serve: boolean;
}

function parse(parameters: readonly string[]): Wanted {
  const filters: string[] = [];
  const testOptions: string[] = [];
  let kubernetes: string | undefined;
  let serve = false;
  for (let i = 0; i < parameters.length; i++) {
    const one = parameters[i]!;
    if (one === "--kubernetes") kubernetes = parameters[++i] ?? "";
    else if (one.startsWith("--kubernetes=")) kubernetes = one.slice("--kubernetes=".length);
    else if (one === "--serve") serve = true;
    else if (one.startsWith("--test-")) testOptions.push(one);
    else if (one.startsWith("-")) throw new RealPlaneError("bad-input", `unknown option ${one}`);
    // npm runs scripts in the root but tells where it was called.
    else filters.push(path.relative(root, path.resolve(process.env["INIT_CWD"] ?? process.cwd(), one)));
  }
  const files = globSync("test/real/**/*.test.ts", { cwd: root }).sort();
  return {
    kubernetes: kubernetesRelease(kubernetes),
    files: files.filter((file) => matches(file, filters)),
    testOptions,
    serve,
  };
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

function stepFor(file: string, testOptions: readonly string[]): Step {
  const testing = path.join(root, "scripts", "testing");
  return {
    name: file,
    kind: "tests",
    command: [
      process.execPath,
      "--conditions=@fairlead/source",
      "--disable-warning=ExperimentalWarning",
      "--test-timeout=300000",
      `--test-reporter=${path.join(testing, "reporter.ts")}`,
      ...testOptions,
      path.join(testing, "entry.ts"),
      file,
    ],
  };
}

/** A plane with every third-party kind that is at hand; the file that tells suites of it is named in the environment. */
async function prepare(kubernetes: string): Promise<Plane> {
  await ensureTool("kube-apiserver", { kubernetes });
  await ensureTool("etcd");
  const programs: [string, string][] = [];
  for (const name of suitePrograms) {
    // How kubectl reads YAML is compared for the newest one only: it has changed in details since 1.30.
    programs.push([name, await ensureTool(name, name === "yaml-oracle" ? {} : { kubernetes })]);
  }
  const { crds, absentGroups } = await collectCrds();
  const plane = await withProgress(`starting Kubernetes ${kubernetes}`, () => startPlane({ kubernetes }));
  try {
    await withProgress(`installing ${crds.length} CRDs`, () => installCrds(plane, crds));
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
  process.env[accessVariable] = accessFile(plane.folder);
  return plane;
}

/** Tests of arbitrary manifests: what goes in is nothing that a server would accept, and so is what comes out. */
const arbitrary = /(^|[/.])property\.test\.ts$/;

/** Runs the compiler's unit tests once more, to collect what they render; whether they pass is `npm test`'s matter. */
async function recordRendered(folder: string): Promise<void> {
  process.env[renderedVariable] = path.join(folder, "rendered");
  const recorder = path.join(import.meta.dirname, "record-rendered.ts");
  await withProgress("collecting what the unit tests render", async () => {
    const steps = planSteps({ root, filters: ["packages/fairlead"], checks: false, tests: true, testOptions: [] });
    for (const step of steps) {
      const [node, ...parameters] = step.command;
      const kept = parameters.filter((one) => !arbitrary.test(one));
      const result = await runStep({ ...step, command: [node, `--import=${recorder}`, ...kept] }, root);
      if (result.failed > 0) report(`${step.name}: ${result.failed} failed; npm test shows them`);
    }
  });
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
  const { kubernetes, files, testOptions, serve } = parse(process.argv.slice(2));
  if (files.length === 0) throw new RealPlaneError("bad-input", "no suite of test/real matches");
  const plane = await prepare(kubernetes);
  try {
    if (serve) {
      await keep(plane);
      return true;
    }
    if (files.some((file) => file.endsWith("examples.test.ts"))) await recordRendered(plane.folder);
    const results = await runSteps(
      files.map((file) => stepFor(file, testOptions)),
      2,
      root,
      show,
    );
    const sum = (key: "passed" | "failed" | "skipped"): number => results.reduce((total, one) => total + one[key], 0);
    const skipped = sum("skipped");
    process.stdout.write(
      `\nKubernetes ${kubernetes}\n${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
    );
    return sum("failed") === 0;
  } finally {
    await plane.stop();
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof RealPlaneError)) throw error;
  process.stderr.write(`real plane: ${error.message}\n`);
  process.stdout.write("\n0 passed, 1 failed\n");
  process.exitCode = 1;
}
