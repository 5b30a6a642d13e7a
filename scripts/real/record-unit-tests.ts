import path from "node:path";
import { runStep } from "../testing/step.ts";
import { planSteps } from "../testing/steps.ts";
import { repositoryRoot as root } from "./corpus.ts";
import { report, withProgress } from "./progress.ts";
import { renderedVariable } from "./rendered.ts";

/** Tests of arbitrary manifests: what goes in is nothing that a server would accept, and so is what comes out. */
const arbitrary = /(^|[/.])property\.test\.ts$/;

/**
 * Runs the compiler's unit tests once more, to collect what they render in `folder`; whether they pass is `npm test`'s
 * matter. Returns the environment that tells suites of it.
 */
export async function recordUnitTests(folder: string): Promise<Readonly<Record<string, string>>> {
  const env = { [renderedVariable]: path.join(folder, "rendered") };
  const recorder = path.join(import.meta.dirname, "record-rendered.ts");
  await withProgress("collecting what the unit tests render", async () => {
    const steps = planSteps({ root, filters: ["packages/fairlead"], checks: false, tests: true, testOptions: [] });
    for (const step of steps) {
      const [node, ...parameters] = step.command;
      const kept = parameters.filter((one) => !arbitrary.test(one));
      const result = await runStep({ ...step, command: [node, `--import=${recorder}`, ...kept], env }, root);
      if (result.failed > 0) report(`${step.name}: ${result.failed} failed; npm test shows them`);
    }
  });
  return env;
}
