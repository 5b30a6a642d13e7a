import path from "node:path";
import { runStep } from "../testing/step.ts";
import { planSteps } from "../testing/steps.ts";
import { repositoryRoot as root } from "./corpus.ts";
import { report, withProgress } from "./progress.ts";
import { createReaches } from "./reaches.ts";
import { renderedVariable } from "./rendered.ts";

/** Tests of arbitrary manifests: what goes in is nothing that a server would accept, and so is what comes out. */
const arbitrary = /(^|[/.])property\.test\.ts$/;

/** What spawns processes or listens renders there what others render here. */
const ownProcess = /\.proc\.test\.ts$/;

/**
 * Runs the unit tests that come to the compiler once more, to collect what they render in `folder`; whether they pass is
 * `npm test`'s matter. Returns the environment that tells suites of it.
 */
export async function recordUnitTests(folder: string): Promise<Readonly<Record<string, string>>> {
  const env = { [renderedVariable]: path.join(folder, "rendered") };
  const recorder = path.join(import.meta.dirname, "record-rendered.ts");
  await withProgress("collecting what the unit tests render", async () => {
    const steps = planSteps({ root, filters: ["packages/fairlead"], checks: false, tests: true, testOptions: [] });
    const reaches = createReaches(path.join(root, "packages/fairlead/src/compile/compile.ts"));
    const isKept = (file: string): boolean => !arbitrary.test(file) && reaches(path.join(root, file));
    for (const step of steps) {
      const [node, ...parameters] = step.command;
      if (parameters.some((one) => ownProcess.test(one))) continue;
      const kept = parameters.filter((one) => !one.endsWith(".test.ts") || isKept(one));
      const result = await runStep({ ...step, command: [node, `--import=${recorder}`, ...kept], env }, root);
      if (result.failed > 0) report(`${step.name}: ${result.failed} failed; npm test shows them`);
    }
  });
  return env;
}
