import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";

const root = path.dirname(path.dirname(import.meta.dirname));
const folder = mkdtempSync(path.join(tmpdir(), "fairlead-layers-"));
after(() => rmSync(folder, { recursive: true, force: true }));
cpSync(path.join(root, ".oxlintrc.json"), path.join(folder, ".oxlintrc.json"));

interface Case {
  readonly file: string;
  readonly code: string;
  /** The rule that must fire, or undefined where the code is allowed. */
  readonly rule?: string;
}

const layer = "no-restricted-imports";
const uses = (specifier: string): string => `import { x } from "${specifier}";\nexport const y = x;\n`;

const cases: readonly Case[] = [
  // apimachinery imports nothing of ours.
  { file: "packages/apimachinery/src/a.ts", code: uses("@fairlead/krm"), rule: layer },
  { file: "packages/apimachinery/src/a.ts", code: uses("@fairlead/krm/sub"), rule: layer },
  { file: "packages/apimachinery/src/a.ts", code: uses("fairlead"), rule: layer },
  { file: "packages/apimachinery/src/deep/a.ts", code: uses("../../../krm/src/object.ts"), rule: layer },
  { file: "packages/apimachinery/src/a.test.ts", code: uses("@fairlead/krm"), rule: layer },
  { file: "packages/apimachinery/src/a.ts", code: uses("./json.ts") },
  // krm imports apimachinery only.
  { file: "packages/krm/src/a.ts", code: uses("fairlead"), rule: layer },
  { file: "packages/krm/src/a.ts", code: uses("@fairlead/sim"), rule: layer },
  { file: "packages/krm/src/a.ts", code: uses("@fairlead/krm"), rule: layer },
  { file: "packages/krm/src/a.ts", code: uses("../../apimachinery/src/json.ts"), rule: layer },
  { file: "packages/krm/src/a.ts", code: uses("@fairlead/apimachinery") },
  { file: "packages/krm/src/a.ts", code: uses("@fairlead/apimachinery/k8s") },
  { file: "packages/krm/src/a.ts", code: uses("yaml") },
  // kube imports krm and apimachinery.
  { file: "packages/kube/src/a.ts", code: uses("fairlead"), rule: layer },
  { file: "packages/kube/src/a.ts", code: uses("@fairlead/sim"), rule: layer },
  { file: "packages/kube/src/a.ts", code: uses("@fairlead/krm") },
  // Its tests on embedded clusters alone know those.
  { file: "packages/kube/test/a.test.ts", code: uses("@fairlead/sim"), rule: layer },
  { file: "packages/kube/test/embedded/a.proc.test.ts", code: uses("@fairlead/sim") },
  { file: "packages/kube/test/embedded/a.proc.test.ts", code: uses("fairlead"), rule: layer },
  { file: "packages/kube/test/embedded/a.proc.test.ts", code: uses("../../../sim/src/index.ts"), rule: layer },
  // So does sim, and neither knows the other.
  { file: "packages/sim/src/a.ts", code: uses("fairlead"), rule: layer },
  { file: "packages/sim/src/a.ts", code: uses("@fairlead/kube"), rule: layer },
  { file: "packages/sim/src/a.ts", code: uses("@fairlead/krm") },
  { file: "packages/kube/src/apply/plan/a.ts", code: uses("node:fs"), rule: "no-nodejs-modules" },
  {
    file: "packages/kube/src/informer/reflector-state.ts",
    code: "export const x = (): number => performance.now();\n",
    rule: "no-restricted-globals",
  },
  // Only run and cli reach clusters.
  { file: "packages/fairlead/src/plan/a.ts", code: uses("@fairlead/kube"), rule: layer },
  { file: "packages/fairlead/src/compile/a.ts", code: uses("@fairlead/kube"), rule: layer },
  { file: "packages/fairlead/src/compile/a.ts", code: uses("@fairlead/sim"), rule: layer },
  { file: "packages/fairlead/src/import/a.ts", code: uses("@fairlead/kube"), rule: layer },
  { file: "packages/fairlead/src/run/a.ts", code: uses("@fairlead/kube") },
  { file: "packages/fairlead/src/run/a.ts", code: uses("../cli/b.ts"), rule: layer },
  { file: "packages/fairlead/src/compile/a.ts", code: uses("../run/b.ts"), rule: layer },
  { file: "packages/fairlead/src/cli/a.ts", code: uses("@fairlead/kube") },
  // fairlead: kinds ← plan, dialects ← compile ← convert, import, fn ← cli.
  { file: "packages/fairlead/src/kinds/a.ts", code: uses("../plan/plan.ts"), rule: layer },
  { file: "packages/fairlead/src/kinds/a.ts", code: uses("../dialects/b.ts"), rule: layer },
  { file: "packages/fairlead/src/kinds/a.ts", code: uses("../compile/b.ts"), rule: layer },
  { file: "packages/fairlead/src/kinds/deep/a.ts", code: uses("../../cli/b.ts"), rule: layer },
  { file: "packages/fairlead/src/kinds/a.ts", code: uses("../index.ts"), rule: layer },
  { file: "packages/fairlead/src/kinds/a.ts", code: uses("@fairlead/krm") },
  { file: "packages/fairlead/src/plan/a.ts", code: uses("../compile/b.ts"), rule: layer },
  { file: "packages/fairlead/src/plan/routes/a.ts", code: uses("../../convert/b.ts"), rule: layer },
  { file: "packages/fairlead/src/plan/routes/a.ts", code: uses("../../import/b.ts"), rule: layer },
  { file: "packages/fairlead/src/plan/routes/a.ts", code: uses("../../fn/b.ts"), rule: layer },
  {
    file: "packages/fairlead/src/plan/a.ts",
    code: 'import type { X } from "../cli/b.ts";\nexport type Y = X;\n',
    rule: layer,
  },
  { file: "packages/fairlead/src/plan/a.ts", code: 'export { x } from "../compile/b.ts";\n', rule: layer },
  { file: "packages/fairlead/src/plan/a.ts", code: 'export const x = () => import("../compile/b.ts");\n', rule: layer },
  { file: "packages/fairlead/src/plan/a.ts", code: uses("yaml"), rule: layer },
  { file: "packages/fairlead/src/plan/a.ts", code: uses("@fairlead/krm") },
  { file: "packages/fairlead/src/plan/routes/a.ts", code: uses("../../kinds/route.ts") },
  { file: "packages/fairlead/src/plan/a.test.ts", code: uses("fast-check") },
  { file: "packages/fairlead/src/plan/a.test.ts", code: uses("../compile/b.ts"), rule: layer },
  { file: "packages/fairlead/src/dialects/a.ts", code: uses("../plan/b.ts"), rule: layer },
  { file: "packages/fairlead/src/dialects/a.ts", code: uses("../kinds/app.ts") },
  { file: "packages/fairlead/src/compile/a.ts", code: uses("../convert/b.ts"), rule: layer },
  { file: "packages/fairlead/src/compile/a.ts", code: uses("../cli/b.ts"), rule: layer },
  { file: "packages/fairlead/src/compile/a.ts", code: uses("../plan/plan.ts") },
  { file: "packages/fairlead/src/import/a.ts", code: uses("../cli/b.ts"), rule: layer },
  { file: "packages/fairlead/src/import/a.ts", code: uses("../compile/b.ts") },
  { file: "packages/fairlead/src/cli/a.ts", code: uses("../import/b.ts") },
  { file: "packages/fairlead/src/cli/a.ts", code: uses("../../../krm/src/object.ts"), rule: layer },
  { file: "packages/fairlead/src/main.ts", code: uses("./cli/a.ts") },
  // Pure layers.
  ...[
    "apimachinery/src",
    "krm/src",
    "fairlead/src/kinds",
    "fairlead/src/plan",
    "fairlead/src/compile",
    "fairlead/src/fn",
  ].flatMap((pure): Case[] => [
    { file: `packages/${pure}/p.ts`, code: uses("node:fs"), rule: "no-nodejs-modules" },
    { file: `packages/${pure}/p.ts`, code: uses("node:net"), rule: "no-nodejs-modules" },
    { file: `packages/${pure}/p.ts`, code: uses("node:http"), rule: "no-nodejs-modules" },
    { file: `packages/${pure}/p.ts`, code: uses("node:child_process"), rule: "no-nodejs-modules" },
    { file: `packages/${pure}/p.ts`, code: 'export const x = () => import("node:fs");\n', rule: "no-nodejs-modules" },
    { file: `packages/${pure}/p.ts`, code: uses("node:crypto") },
    { file: `packages/${pure}/p.ts`, code: "export const x = process.env;\n", rule: "no-process-env" },
    { file: `packages/${pure}/p.ts`, code: "export const x = process.cwd();\n", rule: "no-restricted-globals" },
    { file: `packages/${pure}/p.ts`, code: "export const x = Date.now();\n", rule: "no-restricted-properties" },
    { file: `packages/${pure}/p.ts`, code: "export const x = Math.random();\n", rule: "no-restricted-properties" },
    { file: `packages/${pure}/p.ts`, code: "export const x = performance.now();\n", rule: "no-restricted-globals" },
    { file: `packages/${pure}/p.ts`, code: "export const x = crypto.randomUUID();\n", rule: "no-restricted-globals" },
    { file: `packages/${pure}/p.ts`, code: "setTimeout(() => undefined, 1);\n", rule: "no-restricted-globals" },
    { file: `packages/${pure}/p.test.ts`, code: uses("node:fs") },
  ]),
  { file: "packages/fairlead/src/plan/a.ts", code: "export const x = new Date();\n", rule: "no-restricted-globals" },
  // The shell around them.
  ...[
    "apimachinery/src/openapi/descriptions.ts",
    "krm/src/fn/run-as-main.ts",
    "fairlead/src/cli/a.ts",
    "fairlead/src/input/a.ts",
    "fairlead/src/run/a.ts",
    "kube/src/access/a.ts",
  ].map((shell): Case => ({
    file: `packages/${shell}`,
    code: `import { x } from "node:fs";\nexport const y = [x, process.env];\n`,
  })),
  // Tests that spawn or listen are named *.proc.test.ts.
  { file: "packages/krm/src/a.test.ts", code: uses("node:child_process"), rule: "no-nodejs-modules" },
  { file: "packages/krm/src/a.test.ts", code: uses("node:http2"), rule: "no-nodejs-modules" },
  { file: "test/a.test.ts", code: uses("node:net"), rule: "no-nodejs-modules" },
  { file: "packages/krm/src/a.proc.test.ts", code: uses("node:child_process") },
  // Style that the whole repository keeps.
  { file: "packages/krm/src/a.ts", code: "export default 1;\n", rule: "no-default-export" },
  { file: "scripts/a.ts", code: "export const x: any = 1;\n", rule: "no-explicit-any" },
];

/** Each case in a folder of its own, so that one run judges all of them and none meets another's files. */
const fired = (() => {
  cases.forEach((one, index) => {
    const file = path.join(folder, "case", String(index), one.file);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, one.code);
    // Overrides match paths from the folder of the configuration.
    cpSync(path.join(root, ".oxlintrc.json"), path.join(folder, "case", String(index), ".oxlintrc.json"));
  });
  const oxlint = path.join(root, "node_modules", ".bin", "oxlint");
  const run = spawnSync(oxlint, ["--format", "json", "."], { cwd: folder, encoding: "utf8", maxBuffer: 1 << 26 });
  const { diagnostics } = JSON.parse(run.stdout) as { diagnostics: { code: string; filename: string }[] };
  const rules = new Map<number, string[]>();
  for (const { code, filename } of diagnostics) {
    const index = Number(filename.split(path.sep)[1]);
    rules.set(index, [...(rules.get(index) ?? []), code.replace(/^.*\((.*)\)$/, "$1")]);
  }
  return rules;
})();

cases.forEach((one, index) => {
  const code = one.code.split("\n")[0]!;
  if (one.rule === undefined) {
    test(`${one.file} may say: ${code}`, () => assert.deepEqual(fired.get(index) ?? [], []));
  } else {
    const { rule } = one;
    test(`${rule} stops ${one.file}: ${code}`, () =>
      assert.ok(fired.get(index)?.includes(rule), `fired: ${fired.get(index)?.join() ?? "none"}`));
  }
});

test("import/no-cycle stops a cycle", () => {
  const at = path.join(folder, "cycle");
  mkdirSync(at);
  cpSync(path.join(root, ".oxlintrc.json"), path.join(at, ".oxlintrc.json"));
  writeFileSync(path.join(at, "a.ts"), 'import { b } from "./b.ts";\nexport const a = () => b;\n');
  writeFileSync(path.join(at, "b.ts"), 'import { a } from "./a.ts";\nexport const b = () => a;\n');
  const run = spawnSync(path.join(root, "node_modules", ".bin", "oxlint"), ["."], { cwd: at, encoding: "utf8" });
  assert.equal(run.status, 1);
  assert.match(run.stdout, /no-cycle/);
});
