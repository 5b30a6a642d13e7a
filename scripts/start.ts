/**
 * `npm start`: renders examples/shop and shows what each declaration became, with the findings.
 * `npm start -- -f FILE…` does the same for other files; every option of `fairlead render` may follow.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

const root = path.dirname(import.meta.dirname);
const given = process.argv.slice(2);
const main = path.join(root, "packages/fairlead/src/main.ts");
const files = given.some((arg) => arg === "-f" || arg.startsWith("--filename"))
  ? []
  : ["-f", path.join("examples", "shop")];
const output = given.some((arg) => arg === "-o" || arg.startsWith("--output")) ? [] : ["-o", "tree"];
if (!existsSync(main)) {
  process.stderr.write("packages/fairlead/src/main.ts is missing: the checkout is incomplete\n");
  process.exit(1);
}
const child = spawn(process.execPath, [...process.execArgv, main, "render", ...files, ...output, ...given], {
  // npm changes to the root; files that are given count from where npm was called.
  cwd: files.length > 0 ? root : (process.env["INIT_CWD"] ?? process.cwd()),
  stdio: "inherit",
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.kill(process.pid, signal);
});
