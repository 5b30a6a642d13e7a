/** The single file: complete, self-contained, and lazy. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { bundleCli, type Bundle } from "../../scripts/build/bundle.ts";

const folder = mkdtempSync(path.join(tmpdir(), "fairlead-bundle-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let bundle: Bundle;
before(async () => {
  bundle = await bundleCli(undefined, path.join(folder, "real", "fairlead.mjs"));
});

function run(file: string, ...args: string[]): { stdout: string; stderr: string; status: number | null } {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return spawnSync(process.execPath, [file, ...args], { cwd: folder, env, encoding: "utf8" });
}

async function bundleOf(files: { readonly [name: string]: string }): Promise<string> {
  const at = mkdtempSync(path.join(folder, "case-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(at, name), text);
  return (await bundleCli(path.join(at, "main.ts"), path.join(at, "out", "fairlead.mjs"))).file;
}

test("a module behind a dynamic import is evaluated when it is asked for, and only then", async () => {
  const file = await bundleOf({
    "main.ts":
      'if (process.argv[2] === "heavy") console.log((await import("./heavy.ts")).answer); else console.log("light");',
    "heavy.ts":
      'import { deep } from "./deep.ts"; console.log("heavy is evaluated"); export const answer: number = deep;',
    "deep.ts": 'console.log("deep is evaluated"); export const deep = 42;',
  });
  assert.equal(run(file).stdout, "light\n");
  assert.equal(run(file, "heavy").stdout, "deep is evaluated\nheavy is evaluated\n42\n");
});

test("Node's own modules are loaded when something of them is used", async () => {
  const loaded = 'process.moduleLoadList.includes("NativeModule dgram")';
  const file = await bundleOf({
    "main.ts": `import { use } from "./net.ts"; if (process.argv[2] === "net") use(); console.log(${loaded});`,
    "net.ts":
      'import dgram, { createSocket } from "node:dgram"; import * as all from "node:dgram"; import Emitter from "node:events";' +
      "export const use = () => console.log(dgram.createSocket === createSocket, all.createSocket === createSocket, new Emitter() instanceof Emitter);",
  });
  assert.equal(run(file).stdout, "false\n");
  assert.equal(run(file, "net").stdout, "true true true\ntrue\n");
});

test("parts share the modules that both import, and dynamic imports of CommonJS and of Node's own give their fields", async () => {
  const file = await bundleOf({
    "main.ts":
      'const a = await import("./a.ts"); const b = await import("./b.ts"); const c = await import("./c.cjs");' +
      "const { gzipSync } = await import('node:zlib'); console.log(a.shared === b.again, a.default, c.default.answer, c.answer, typeof gzipSync);",
    "a.ts": 'export { shared } from "./shared.ts"; export default "text";',
    "b.ts": 'import { shared } from "./shared.ts"; const again = shared; export { again };',
    "shared.ts": "export const shared = { some: 1 };",
    "c.cjs": "exports.answer = 42;",
  });
  assert.equal(run(file).stdout, "true text 42 42 function\n");
});

test("a part keeps its text, whatever is in it, and is strict", async () => {
  const text = String.raw`[/a*/.source, "*/", "*\\/", "*\\\/5", "\u2028é…😀", /^[µ…]$/.test("…"), /^.$/u.test("😀")]`;
  const file = await bundleOf({
    "main.ts": 'const { text, self } = await import("./part.ts"); console.log(JSON.stringify([text, self()]));',
    "part.ts": `/** A comment … */\nexport const text = ${text};\nexport function self() { return this === undefined; }`,
  });
  const { stdout } = run(file);
  assert.deepEqual(JSON.parse(stdout), [["a*", "*/", "*\\/", "*\\/5", "\u2028é…😀", true, true], true]);
  // One letter beyond ASCII makes V8 hold all of them with two bytes.
  assert.doesNotMatch(readFileSync(file, "latin1"), /[^\0-\x7f]/);
});

test("a stack trace names the file and its lines", async () => {
  const file = await bundleOf({
    "main.ts": 'const { fail } = await import("./part.ts"); fail();',
    "part.ts": "export function fail() {\n  throw new Error('here');\n}",
  });
  const line =
    readFileSync(file, "utf8")
      .split("\n")
      .findIndex((text) => text.includes('throw new Error("here")')) + 1;
  assert.ok(line > 0);
  assert.match(run(file).stderr, new RegExp(`at fail \\(${file.replaceAll(".", "\\.")}:${line}:9\\)`));
});

test("a part whose exports change is refused: those who imported it would not see it", async () => {
  const main = 'console.log(await import("./a.ts"), await import("./b.ts"));';
  await assert.rejects(
    bundleOf({
      "main.ts": main,
      "a.ts": 'import { count, add } from "./shared.ts"; add(); export const seen = count;',
      "b.ts": 'export { count } from "./shared.ts";',
      "shared.ts": "export let count = 0; export function add() { count += 1; }",
    }),
    /count is exported and seems to be assigned later/,
  );
});

/**
 * What V8 may have to read before something runs, in bytes: a fifth above what it takes today. 100 KB cost 2 ms; 230 KB
 * of what compiling takes are Kubernetes' definitions.
 */
const limits = {
  "fairlead/src/main.ts": 150_000,
  "fairlead/src/cli/render.ts": 600_000,
  "fairlead/src/cli/validate.ts": 600_000,
  "fairlead/src/cli/fn.ts": 650_000,
  "fairlead/src/plan/workloads/app.ts": 530_000,
};

for (const [source, limit] of Object.entries(limits)) {
  test(`${source} stays light, and needs nothing that talks to clusters`, () => {
    const { bytes, inputs } = bundle.weights.get(`packages/${source}`)!;
    assert.ok(bytes > 0 && bytes <= limit, `${bytes} bytes`);
    const heavy = /packages\/(?:kube|sim)\/|node_modules\/(?!@stricli\/core\/)|\/(?:ownership|kstatus|cel)\//;
    assert.deepEqual(
      [...inputs].filter((input) => heavy.test(input)),
      [],
    );
  });
}

test("the code that is parsed whatever is asked for is the entry's", () => {
  const text = readFileSync(bundle.file, "utf8").replaceAll(/\/\*[^]*?\*\//g, "");
  assert.ok(text.length < limits["fairlead/src/main.ts"] + 10_000, `${text.length} letters`);
});

/** A command line for each command, with `FILE` for a declaration, `FLEET` for a fleet, and no cluster to be found. */
const missing = ["--kubeconfig", "missing"];
const lines: readonly (readonly string[])[] = [
  ["init", "shop", "--image", "shop:1", "--out", "new.yaml"],
  ["render", "-f", "FILE"],
  ["validate", "-f", "FILE"],
  ["diff", "FILE", "FILE"],
  ["diff", "-f", "FILE", ...missing],
  ["apply", "-f", "FILE", ...missing],
  ["delete", "-f", "FILE", ...missing],
  ["status", ...missing],
  ["wait", "App/shop", ...missing],
  ["logs", "App/shop", ...missing],
  ["crds", "install", ...missing],
  ["crds", "diff", ...missing],
  ["run", "workloads", ...missing],
  ["run", "mesh", ...missing],
  ["run", "sidecars", ...missing],
  ["sidecars", "plan", ...missing],
  ["sidecars", "run", ...missing],
  ["sidecars", "pause", ...missing],
  ["sidecars", "resume", ...missing],
  ["sidecars", "status", ...missing],
  ["sidecars", "history", ...missing],
  ["mesh", "plan", "-f", "FLEET", "--dns", "services"],
  ["mesh", "diff", "-f", "FLEET"],
  ["mesh", "apply", "-f", "FLEET"],
  ["mesh", "status", "-f", "FLEET"],
  ["mesh", "migrate", "-f", "FLEET"],
  ["mesh", "import", "-f", "FLEET"],
  ["mesh", "status", ...missing],
  ["mesh", "apply", ...missing],
  ["mesh", "clusters", "list", ...missing],
  ["mesh", "clusters", "add", "west", "--from", "west", ...missing],
  ["mesh", "clusters", "remove", "west", ...missing],
  ["mesh", "clusters", "pause", "west", ...missing],
  ["up", "missing-folder"],
  ["up", "status"],
  ["down"],
  ["dump", ...missing],
  ["simulate", "-f", "FILE", "--for", "1s"],
  ["explain", "App.spec.containers.image"],
  ["explain", "FL050"],
  ["explain", "GlobalTrafficPolicy.spec.policy"],
  ["explain", "route", "-f", "FLEET", "--from", "shop", "http://prd.shop.global"],
  ["simulate", "--lose-cluster", "west", "-f", "FLEET"],
  ["import", "-f", "FILE"],
  ["convert", "--check", "FILE"],
  ["schema", "App"],
  ["fn", "FILE"],
  ["completion", "bash"],
  ["version"],
];

test("every command's part is found and runs", () => {
  const file = path.join(folder, "app.yaml");
  writeFileSync(
    file,
    "apiVersion: fairlead.dev/v1alpha1\nkind: Task\nmetadata: {name: shop}\nspec: {containers: [{name: shop, image: 'shop:1', resources: unlimited}]}\n",
  );
  const fleet = path.join(folder, "fleet");
  mkdirSync(path.join(fleet, "west"), { recursive: true });
  writeFileSync(path.join(fleet, "west", "app.yaml"), readFileSync(file, "utf8").replace(", resources: unlimited", ""));
  const commands = [...run(bundle.file, "--help").stdout.matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name]) => name!);
  assert.deepEqual([...new Set(lines.map(([command]) => command))].sort(), commands.sort());
  for (const line of lines) {
    const { stderr } = run(
      bundle.file,
      ...line.map((word) => (word === "FILE" ? file : word === "FLEET" ? fleet : word)),
    );
    assert.doesNotMatch(stderr, /internal error|Error:/, line.join(" "));
  }
});

test("the command line's version needs no file reading, hashing or child processes", () => {
  const report = 'process.on("exit", () => console.error(process.moduleLoadList.join()))';
  const hook = path.join(folder, "hook.mjs");
  writeFileSync(hook, report);
  const { stderr, status } = spawnSync(process.execPath, ["--import", hook, bundle.file, "version"], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.equal(status, 0);
  for (const name of ["child_process", "crypto", "readline/promises", "zlib", "http"]) {
    assert.ok(!stderr.split(",").includes(`NativeModule ${name}`), `${name} was loaded`);
  }
});

test("is executable and imports nothing but Node's own modules", () => {
  const text = readFileSync(bundle.file, "utf8");
  assert.ok(text.startsWith("#!/usr/bin/env node\n"));
  assert.equal(statSync(bundle.file).mode & 0o111, 0o111);
  const imports = [...text.matchAll(/^import .*?from "([^"]+)"|^import "([^"]+)"/gm)].map(
    (match) => match[1] ?? match[2]!,
  );
  assert.deepEqual(
    imports.filter((specifier) => !specifier.startsWith("node:")),
    [],
  );
  assert.doesNotMatch(text, /Dynamic require of/);
});

test("comes with the licences of the packages in it", () => {
  const text = readFileSync(path.join(path.dirname(bundle.file), "THIRD_PARTY_LICENSES.txt"), "utf8");
  assert.match(text, /^@stricli\/core \d+\.\d+\.\d+ \(Apache-2\.0\)$/m);
  assert.doesNotMatch(text, /^@fairlead/m);
});

test("two builds of the same sources give the same bytes", async () => {
  mkdirSync(path.join(folder, "again"));
  const again = await bundleCli(undefined, path.join(folder, "again", "fairlead.mjs"));
  // Compared as a whole: a diff of megabytes takes minutes and all memory.
  assert.ok(readFileSync(again.file).equals(readFileSync(bundle.file)), "they differ: were sources edited meanwhile?");
});
