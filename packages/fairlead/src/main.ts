import { nodeContext } from "./cli/node-context.ts";
import { runCli } from "./cli/run.ts";

await runCli(process.argv.slice(2), nodeContext());
