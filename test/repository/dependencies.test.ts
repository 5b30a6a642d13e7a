import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { importedPackages, root, sources } from "./sources.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: { readonly [name: string]: string };
  readonly devDependencies?: { readonly [name: string]: string };
  readonly optionalDependencies?: { readonly [name: string]: string };
}

const read = (file: string): Manifest => JSON.parse(readFileSync(path.join(root, file), "utf8")) as Manifest;
const folders = ["apimachinery", "krm", "kube", "sim", "fairlead"];
const manifests = new Map(folders.map((folder) => [folder, read(`packages/${folder}/package.json`)]));
const workspace = read("package.json");

/** Development tools that are run, and types that come with what is imported. */
const programs = new Set(["@types/node", "@types/ws", "oxfmt", "oxlint", "oxlint-tsgolint", "typescript"]);

for (const [folder, manifest] of manifests) {
  const shipped = sources().filter(
    ({ file }) => file.startsWith(`packages/${folder}/src/`) && !file.endsWith(".test.ts"),
  );
  const imported = new Set(shipped.flatMap(({ text }) => [...importedPackages(text)]));
  const declared = new Set([
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.devDependencies ?? {}),
  ]);

  test(`${manifest.name} declares every package that its sources import`, () => {
    assert.deepEqual(
      [...imported].filter((name) => !declared.has(name)),
      [],
    );
  });
  test(`${manifest.name} imports every package that it declares`, () => {
    assert.deepEqual(
      [...declared].filter((name) => !imported.has(name) && !programs.has(name)),
      [],
    );
  });
}

test("the workspace uses every tool that it declares", () => {
  const used = new Set(sources().flatMap(({ text }) => [...importedPackages(text)]));
  const declared = Object.keys(workspace.devDependencies ?? {});
  assert.deepEqual(
    declared.filter((name) => !used.has(name) && !programs.has(name)),
    [],
  );
});

test("every direct dependency stands with its reason in docs/decisions/dependencies.md", () => {
  const text = readFileSync(path.join(root, "docs/decisions/dependencies.md"), "utf8");
  const names = [workspace, ...manifests.values()].flatMap((manifest) =>
    Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }),
  );
  const ours = new Set([...manifests.values()].map(({ name }) => name));
  assert.deepEqual(
    names.filter((name) => !ours.has(name) && !new RegExp(`[| ,(]${name.replaceAll("/", "\\/")}[ ,|()]`).test(text)),
    [],
  );
});

test("the packages have one version and depend on each other by exactly that", () => {
  const { version } = manifests.get("fairlead")!;
  for (const manifest of manifests.values()) {
    assert.equal(manifest.version, version, manifest.name);
    for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
      if ([...manifests.values()].some((other) => other.name === name))
        assert.equal(range, version, `${manifest.name} → ${name}`);
    }
  }
});
