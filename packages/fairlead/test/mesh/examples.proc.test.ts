/** The scenarios of examples/mesh, on embedded clusters with real requests; `npm run example mesh/NAME` shows one. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { exampleNames } from "../../../../scripts/example/read-example.ts";
import { runExample } from "../../../../scripts/example/run-example.ts";
import { fairlead } from "../support/cli.ts";

const examples = path.resolve(import.meta.dirname, "../../../../examples/mesh");
const names = exampleNames(examples);

for (const name of names) {
  test(`examples/mesh/${name} goes as its scenario says`, async () => {
    const lines: string[] = [];
    const ok = await runExample(path.join(examples, name), (line) => void lines.push(line));
    assert.ok(ok, lines.join("\n"));
    assert.ok(lines.filter((line) => line.startsWith("   ✓")).length >= 6, lines.join("\n"));
  });

  test(`examples/mesh/${name} can be planned from its files alone`, async () => {
    const { code, stdout, stderr } = await fairlead(["mesh", "plan", "-o", "json", "-f", path.join(examples, name)]);
    assert.equal(code, 0, stderr);
    const { clusters } = JSON.parse(stdout) as { clusters: { [name: string]: readonly { readonly kind: string }[] } };
    assert.ok(Object.values(clusters).every((objects) => objects.some(({ kind }) => kind === "ServiceEntry")));
  });
}

test("a scenario fails when something is not as it expects", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-example-"));
  try {
    cpSync(path.join(examples, "matching"), folder, { recursive: true });
    const file = path.join(folder, "scenario.yaml");
    const wrong = `title: wrong
steps:
  - say: Nobody has the name, and somebody else answers.
    expect:
      - { unknown: row-1.service1.global, in: one }
      - { requests: "http://row-1.service1.global/", in: one, from: service2, shares: { two: 100 } }
`;
    writeFileSync(file, wrong);
    const lines: string[] = [];
    assert.equal(await runExample(folder, (line) => void lines.push(line)), false);
    assert.deepEqual(lines.slice(-1), ["\nNot as expected: 2."]);
    assert.match(lines.join("\n"), /one\/web 100 %, but two 100 %/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the policies of the README say, on files, which fields they mean", async () => {
  const { stderr } = await fairlead(["mesh", "plan", "-f", path.join(examples, "policies")]);
  assert.match(stderr, /FL828.*lbtype is read as that/);
  assert.match(readFileSync(path.join(examples, "policies/west/gtp-service1.yaml"), "utf8"), /lbtype: TOPOLOGY/);
});
