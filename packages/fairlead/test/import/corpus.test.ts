import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { flattenLists, parseStream, type KrmObject } from "@fairlead/krm";
import { corpusFolder, repositoryRoot } from "../../../../scripts/real/corpus.ts";
import { importObjects } from "../../src/import/import.ts";
import { declarationKind } from "../../src/import/group.ts";
import { differences, roundTrip } from "./compare.ts";
import { corpusTable } from "./corpus-figures.ts";

const corpus = corpusFolder();

function readObjects(file: string): KrmObject[] {
  const { documents, findings } = parseStream(readFileSync(file, "utf8"), { file });
  assert.deepEqual(
    findings.filter(({ severity }) => severity === "error"),
    [],
  );
  return flattenLists(documents).map(({ value }) => value as KrmObject);
}

function filesOf(folder: string): string[] {
  return readdirSync(path.join(corpus!, folder))
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => path.join(corpus!, folder, name));
}

async function survives(objects: readonly KrmObject[]): Promise<void> {
  const result = await roundTrip(objects);
  assert.deepEqual(result.differences, []);
  assert.deepEqual(result.errors, []);
  const workloads = objects.filter((object) => declarationKind(object) !== undefined);
  const declared = result.imported.declarations.filter(({ kind }) => kind !== "Route");
  assert.equal(declared.length, workloads.length, "every workload becomes a declaration");
}

if (corpus === undefined) {
  test("the corpus survives import and render", (t) => {
    t.diagnostic("the corpus is not here; set FAIRLEAD_CORPUS to its folder to run this");
  });
} else {
  test("the corpus has the 26 applications", () => assert.equal(filesOf("faf").length, 26));

  for (const file of [...filesOf("faf"), ...filesOf("bookinfo")]) {
    test(`${path.basename(path.dirname(file))}/${path.basename(file)} survives import and render`, () =>
      survives(readObjects(file)));
  }

  for (const folder of ["faf"]) {
    test(`all of ${folder} at once survives import and render`, () => survives(filesOf(folder).flatMap(readObjects)));
  }

  test("bookinfo at once survives import and render, objects that its files have twice included", async () => {
    const objects = filesOf("bookinfo").flatMap(readObjects);
    const seen = new Set<string>();
    const single = objects.filter(
      ({ kind, metadata }) => !seen.has(`${kind}/${metadata.name}`) && seen.add(`${kind}/${metadata.name}`),
    );
    await survives(single);
    const imported = await importObjects(objects.map((object) => ({ object, file: "bookinfo" })));
    const twins = objects.filter(
      ({ kind, metadata }) =>
        objects.filter((other) => other.kind === kind && other.metadata.name === metadata.name).length > 1,
    );
    const kept = imported.untouched.filter(({ kind, metadata }) =>
      twins.some((twin) => twin.kind === kind && twin.metadata.name === metadata.name),
    );
    assert.deepEqual(differences(twins, kept), []);
  });

  test("the order of the input makes no difference", async () => {
    const objects = filesOf("faf").slice(0, 8).flatMap(readObjects);
    const forward = await importObjects(objects.map((object) => ({ object, file: "x" })));
    const backward = await importObjects(objects.toReversed().map((object) => ({ object, file: "x" })));
    assert.equal(JSON.stringify(backward), JSON.stringify(forward));
  });

  test("every Service of one workload, and every route, becomes part of a declaration", async () => {
    const objects = filesOf("faf").flatMap(readObjects);
    const { imported } = await roundTrip(objects);
    const left = imported.untouched.map(({ kind }) => kind);
    assert.deepEqual([...new Set(left)].sort(), ["ConfigMap", "InfisicalSecret", "Service"]);
    const services = imported.untouched.filter(({ kind }) => kind === "Service").map(({ metadata }) => metadata.name);
    assert.deepEqual(services.sort(), ["mariadb", "mongodb", "postgres"]);
  });

  test("the table in docs/explanation/corpus.md has the figures of today", async () => {
    const text = readFileSync(path.join(repositoryRoot, "docs/explanation/corpus.md"), "utf8");
    const written = /<!-- table -->\n([\s\S]*?)<!-- end -->/.exec(text)?.[1];
    assert.equal(written, await corpusTable(corpus), "run scripts/corpus-table.ts");
  });
}
