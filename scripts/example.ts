/**
 * `npm run example mesh/two-clusters`: brings up embedded clusters with what the folder examples/mesh/two-clusters
 * holds, runs the mesh over them, sends requests, and prints what happens. Without a name it lists what there is.
 * The exit code is 1 when something is not as the folder's scenario.yaml expects. `mesh/sidecars-upgrade` is brought up
 * as `fairlead up` does it, and ends when the sidecars have followed their control planes.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { exampleNames } from "./example/read-example.ts";
import { runExample } from "./example/run-example.ts";
import { nodeContext } from "../packages/fairlead/src/cli/node-context.ts";
import { runUpgrade } from "./example/run-upgrade.ts";

const examples = path.join(path.dirname(import.meta.dirname), "examples");
const [name] = process.argv.slice(2);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const upgrade = "mesh/sidecars-upgrade";
if (name === upgrade) {
  process.exitCode = (await runUpgrade(path.join(examples, name), nodeContext())) ? 0 : 1;
} else if (name === undefined || !existsSync(path.join(examples, name, "scenario.yaml"))) {
  const names = exampleNames(path.join(examples, "mesh")).map((one) => `  mesh/${one}\n`);
  process.stderr.write(`usage: npm run example NAME, which is one of\n${names.join("")}  ${upgrade}\n`);
  process.exitCode = 2;
} else {
  const ok = await runExample(path.join(examples, name), print);
  process.exitCode = ok ? 0 : 1;
}
