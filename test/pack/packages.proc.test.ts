/** What users get from npm: packed, installed into an empty folder, imported from JavaScript and TypeScript. */
import assert from "node:assert/strict";
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { manifest, publicPackages, root } from "../../scripts/build/workspace.ts";
import { filesBelow, npm, packDependencies, packWorkspace } from "./staging.ts";

const folder = mkdtempSync(path.join(tmpdir(), "fairlead-pack-"));
const consumer = path.join(folder, "consumer");
const packages = publicPackages();
after(() => rmSync(folder, { recursive: true, force: true }));

before(async () => {
  const tarballs = await packWorkspace(folder, packages);
  mkdirSync(consumer);
  writeFileSync(
    path.join(consumer, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module" }),
  );
  // With install scripts: there must be none that could run.
  npm(consumer, ["install", "--ignore-scripts=false", ...tarballs.values(), ...packDependencies(folder, packages)]);
});

/** Node without any of this repository's conditions. */
function node(...args: string[]): SpawnSyncReturns<string> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return spawnSync(process.execPath, args, { cwd: consumer, env, encoding: "utf8" });
}

const specifiersOf = (name: string): string[] => {
  const { name: packageName, exports = {} } = manifest(name)!;
  return Object.keys(exports).map((subpath) => path.posix.join(packageName, subpath));
};

for (const name of packages) {
  const { name: packageName, version } = manifest(name)!;
  const installed = path.join(consumer, "node_modules", packageName);

  describe(packageName, () => {
    test("holds built files, declarations, licence and readme, and no sources or tests", () => {
      const files = filesBelow(installed);
      assert.deepEqual(
        files.filter((file) => !/^(bin|dist)\/|^(LICENSE|README\.md|package\.json)$/.test(file)),
        [],
      );
      for (const file of ["LICENSE", "README.md", "package.json", "dist/index.js", "dist/index.d.ts"]) {
        assert.ok(files.includes(file), `${file} is missing`);
      }
      assert.deepEqual(
        files.filter((file) => (file.endsWith(".ts") && !file.endsWith(".d.ts")) || /\.test\.|node_modules/.test(file)),
        [],
      );
    });

    test("runs nothing when it is installed", () => {
      const { scripts = {} } = JSON.parse(readFileSync(path.join(installed, "package.json"), "utf8")) as {
        scripts?: object;
      };
      const hooks = Object.keys(scripts).filter((script) => /^(pre|post)?(install|prepare|publish|pack)/.test(script));
      assert.deepEqual(hooks, []);
    });

    for (const specifier of specifiersOf(name)) {
      test(`is imported from JavaScript as ${specifier}`, () => {
        const run = node("--input-type=module", "-e", `import * as all from "${specifier}"; console.log(typeof all);`);
        assert.equal(run.stderr, "");
        assert.equal(run.stdout, "object\n");
      });
    }

    test("names in its declarations only files that it holds", () => {
      const missing = filesBelow(installed)
        .filter((file) => file.endsWith(".d.ts"))
        .flatMap((file) =>
          [...readFileSync(path.join(installed, file), "utf8").matchAll(/(?:from |import\()"(\.[^"]+)"/g)]
            .map(([, specifier]) => path.join(path.dirname(file), specifier!))
            .filter((target) => !filesBelow(installed).includes(target.replace(/\.js$/, ".d.ts"))),
        );
      assert.deepEqual(missing, []);
    });

    test("keeps its version", () => {
      const own = JSON.parse(readFileSync(path.join(installed, "package.json"), "utf8")) as { version: string };
      assert.equal(own.version, version);
    });
  });
}

test("every entry is imported from TypeScript, with every declaration checked and none of our conditions", () => {
  const specifiers = packages.flatMap(specifiersOf);
  const files = specifiers.map((specifier, index) => {
    const file = `use-${index}.ts`;
    writeFileSync(
      path.join(consumer, file),
      `import * as all from "${specifier}";\nexport const same: typeof all = all;\n`,
    );
    return file;
  });
  const compilerOptions = {
    module: "nodenext",
    target: "es2024",
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types: [],
  };
  writeFileSync(path.join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const run = spawnSync(path.join(root, "node_modules", ".bin", "tsc"), ["-p", "."], {
    cwd: consumer,
    encoding: "utf8",
  });
  assert.equal(run.stdout + run.stderr, "");
  assert.equal(run.status, 0);
});

describe("the command fairlead", () => {
  test("runs as an installed command", () => {
    const command = path.join(consumer, "node_modules", ".bin", "fairlead");
    const run = spawnSync(command, ["version"], { cwd: consumer, encoding: "utf8", env: withNodeFirst() });
    assert.equal(run.stderr, "");
    assert.match(run.stdout, new RegExp(`\\b${manifest("fairlead")!.version.replaceAll(".", "\\.")}\\b`));
    assert.equal(run.status, 0);
  });

  test("is one file that runs in an empty folder", () => {
    const empty = mkdtempSync(path.join(folder, "empty-"));
    const file = path.join(empty, "fairlead.mjs");
    writeFileSync(file, readFileSync(path.join(consumer, "node_modules/fairlead/dist/fairlead.mjs")));
    const run = spawnSync(process.execPath, [file, "version"], { cwd: empty, encoding: "utf8" });
    assert.equal(run.stderr, "");
    assert.equal(run.status, 0);
    assert.deepEqual(filesBelow(empty), ["fairlead.mjs"]);
  });
});

/** The environment with the Node that runs these tests first on PATH: the one of the system may be older. */
function withNodeFirst(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env["PATH"] ?? ""}` };
}
