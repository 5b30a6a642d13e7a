/**
 * `npm start`: brings up examples/shop on two embedded clusters, with its services as local processes.
 * `npm start -- DIR …` does the same for another folder; every option of `fairlead up` may follow.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

const root = path.dirname(import.meta.dirname);
const given = process.argv.slice(2);
const main = path.join(root, "packages/fairlead/src/main.ts");
const namesFolder = given[0] !== undefined && !given[0].startsWith("-");
if (!existsSync(main)) {
  process.stderr.write("packages/fairlead/src/main.ts is missing: the checkout is incomplete\n");
  process.exit(1);
}
const folder = namesFolder ? [] : [path.join("examples", "shop")];
const child = spawn(process.execPath, [...process.execArgv, main, "up", ...folder, ...given], {
  // npm changes to the root; a folder that is given counts from where npm was called.
  cwd: namesFolder ? (process.env["INIT_CWD"] ?? process.cwd()) : root,
  stdio: "inherit",
});
// Ctrl-C reaches the child by itself; what is sent to this process alone is handed on.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (signal === "SIGTERM") child.kill(signal);
  });
}
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
