import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { canonicalJson, type JsonValue } from "@fairlead/apimachinery";
import { parseStream, print } from "@fairlead/krm";
import { readAccess } from "../../scripts/real/access.ts";
import { corpusFolder, repositoryRoot } from "../../scripts/real/corpus.ts";
import { execute } from "../../scripts/real/execute.ts";
import { parseNumbers, readAsKubectl, type KubectlReading } from "../../scripts/real/read-yaml.ts";
import { runs } from "../../scripts/runs.ts";
import { refusedScalars, scalars, structures } from "./yaml-cases.ts";
import { deviations } from "./yaml-deviations.ts";

const { programs } = readAccess();

/** JSON with sorted keys and one spelling for each number, so that Go's and ours compare as text. */
function canonical(json: string): string {
  return canonicalJson(parseNumbers(json, (source) => JSON.rawJSON(numberText(source))) as JsonValue);
}

function numberText(source: string): string {
  const value = Number(source);
  if (Number.isSafeInteger(value)) return String(value);
  return /^-?\d+$/.test(source) ? String(BigInt(source)) : String(value);
}

/** How our reading of a text differs from kubectl's; undefined when it does not, or deliberately. */
function difference(text: string, kubectl: KubectlReading): string | undefined {
  const { documents, findings } = parseStream(text);
  const finding = findings.find((one) => one.severity === "error");
  if (kubectl.error !== undefined) {
    const { error } = kubectl;
    if (finding !== undefined || isDeliberate((one) => one.refusal?.test(error) === true, text)) return undefined;
    return `kubectl refuses it (${error}), Fairlead reads ${JSON.stringify(documents.map((one) => one.value))}`;
  }
  if (finding !== undefined) {
    if (isDeliberate((one) => one.codes?.includes(finding.code) === true, text)) return undefined;
    return `kubectl reads ${kubectl.documents.join(" | ")}, Fairlead reports ${finding.code} ${finding.message}`;
  }
  const ours = documents.map((one) => canonical(JSON.stringify(one.value))).join(" | ");
  const theirs = kubectl.documents.map(canonical).join(" | ");
  if (ours === theirs || isDeliberate((one) => one.reading === true, text)) return undefined;
  return `kubectl reads ${theirs}, Fairlead reads ${ours}`;
}

function isDeliberate(matches: (one: (typeof deviations)[number]) => boolean, text: string): boolean {
  return deviations.some((one) => matches(one) && (one.texts === undefined || one.texts.test(text)));
}

async function assertSameReading(cases: readonly string[]): Promise<void> {
  const readings = await readAsKubectl(programs["yaml-oracle"], cases);
  const differences = cases.flatMap((text, index) => {
    const found = difference(text, readings[index]!);
    return found === undefined ? [] : [`${JSON.stringify(text).slice(0, 400)}: ${found.slice(0, 400)}`];
  });
  const shown = differences.slice(0, 15).join("\n");
  assert.equal(differences.length, 0, `${differences.length} of ${cases.length} texts are read differently:\n${shown}`);
}

test("kubectl itself reads the scalars as the oracle does", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-yaml-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const data = scalars.map((text, index) => `  k${index}: ${text}\n`).join("");
  const manifest = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, annotations: {a: b}}\ndata:\n${data}`;
  const file = path.join(folder, "scalars.yaml");
  writeFileSync(file, manifest);
  const answer = await execute(programs.kubectl, ["annotate", "--local", "-f", file, "a=b", "-o", "json"]);
  assert.equal(answer.status, 0, answer.stderr);
  const [reading] = await readAsKubectl(programs["yaml-oracle"], [manifest]);
  assert.equal(reading?.error, undefined);
  // After reading, kubectl's client keeps what exceeds 64 signed bits as a double.
  const kept = parseNumbers(reading?.documents[0] ?? "", (source) =>
    JSON.rawJSON(/^\d{19,20}$/.test(source) && BigInt(source) >= 2n ** 63n ? String(Number(source)) : source),
  );
  assert.equal(canonical(answer.stdout), canonical(JSON.stringify(kept)));
});

test("kubectl refuses what the table says it refuses", async () => {
  const readings = await readAsKubectl(
    programs["yaml-oracle"],
    refusedScalars.map((text) => `v: ${text}\n`),
  );
  const accepted = refusedScalars.filter((_, index) => readings[index]!.error === undefined);
  assert.deepEqual(accepted, []);
});

for (const [place, write] of [
  ["values", (text: string) => `v: ${text}\n`],
  ["values at the very end of a file", (text: string) => `v: ${text}`],
  ["keys", (text: string) => `${text}: v\n`],
  ["list items", (text: string) => `- ${text}\n`],
  ["items of a flow list", (text: string) => `v: [${text}, ${text}]\n`],
  ["values of a flow map", (text: string) => `v: {a: ${text}, b: ${text}}\n`],
  ["whole documents", (text: string) => `${text}\n`],
  ["block scalars", (text: string) => `v: |\n  ${text}\n`],
] as const) {
  test(`reads scalars as ${place} like kubectl`, () => assertSameReading([...scalars, ...refusedScalars].map(write)));
}

test("reads every short text of digits, signs and bases like kubectl", () => {
  const letters = ["0", "1", "7", "9", "_", ".", "e", "+", "-", "x", "o", "b", "a", ":"];
  let words = [""];
  const all: string[] = [];
  for (let length = 1; length <= 4; length++) {
    words = words.flatMap((word) => letters.map((letter) => word + letter));
    all.push(...words);
  }
  return assertSameReading(all.map((word) => `v: ${word}\n`));
});

for (const [topic, cases] of Object.entries(structures)) {
  test(`reads ${topic} like kubectl`, () => assertSameReading(cases));
}

const manifests = globSync("test/real/manifests/*.yaml", { cwd: repositoryRoot })
  .sort()
  .map((file) => readFileSync(path.join(repositoryRoot, file), "utf8"));

test("reads whole files of manifests like kubectl, with any line end", () => {
  assert.ok(manifests.length > 3);
  return assertSameReading([...manifests, ...manifests.map((text) => text.replaceAll("\n", "\r\n"))]);
});

test("reads other people's manifests like kubectl", async (t) => {
  const corpus = corpusFolder();
  if (corpus === undefined) return t.diagnostic("the corpus is absent: set FAIRLEAD_CORPUS to check it");
  const files = globSync("**/*.yaml", { cwd: corpus }).map((file) => readFileSync(path.join(corpus, file), "utf8"));
  assert.ok(files.length > 0);
  await assertSameReading(files);
});

/** Texts whose insertion changes what a document means. */
const fragments = [
  ..." |  |\n|\n\n|:|: |- |-|#| #|?|? |>|'|\"|[|]|{|}|,|&a |*a|!!str |!x |~|0|1|---\n|\\|\\\n|<<: |@|`|a|b: c\n|\r\n|é".split(
    "|",
  ),
  "|",
  "|-\n",
];

test("reads texts with mistakes like kubectl, or says what is wrong", async () => {
  const { characters: _rare, JSON: _json, ...usual } = structures;
  const sources = [...Object.values(usual).flat(), ...manifests];
  const excerpts = sources.flatMap((text) => text.split("---\n")).map((text) => text.slice(0, 400));
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const edit = fc.oneof(
    fc.record({ at: place, remove: fc.integer({ min: 1, max: 3 }), insert: fc.constant("") }),
    fc.record({ at: place, remove: fc.constant(0), insert: fc.constantFrom(...fragments) }),
  );
  const mutated = fc
    .tuple(fc.constantFrom(...excerpts), fc.array(edit, { minLength: 1, maxLength: 3 }))
    .map(([text, edits]) =>
      edits.reduce((result, { at, remove, insert }) => {
        const position = Math.floor(at * result.length);
        return result.slice(0, position) + insert + result.slice(position + remove);
      }, text),
    );
  const { numRuns, seed } = runs(20_000);
  await assertSameReading(fc.sample(mutated, { numRuns, ...(seed === undefined ? {} : { seed }) }));
});

/** Text that a careless printer leaves unquoted, folds or cuts. */
const hardText = fc.oneof(
  fc.constantFrom(...scalars, ...refusedScalars),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom(" ", "\n", "\t", "a", ":", "#", "-", "'", '"', "\r", "\u0085", "|"),
    maxLength: 12,
  }),
  fc
    .tuple(fc.constantFrom("1", "0x", "on", "-", "~", "1e"), fc.string({ maxLength: 4 }))
    .map((parts) => parts.join("")),
);

test("kubectl reads what Fairlead prints as the value that was printed", async () => {
  const value = fc.letrec<{ node: JsonValue }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      hardText,
      fc.constantFrom(null, true, false),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((big) => JSON.rawJSON(String(big)) as JsonValue),
      fc.array(tie("node"), { maxLength: 4 }),
      fc.dictionary(hardText, tie("node"), { maxKeys: 4 }),
    ),
  })).node;
  const { numRuns, seed } = runs(5_000);
  const objects = fc.sample(fc.dictionary(hardText, value, { minKeys: 1, maxKeys: 4 }), {
    numRuns,
    ...(seed === undefined ? {} : { seed }),
  });
  const texts = objects.map((object) => print(object));
  const readings = await readAsKubectl(programs["yaml-oracle"], texts);
  const wrong = objects.flatMap((object, index) => {
    const { documents, error } = readings[index]!;
    const read = error ?? documents.map(canonical).join(" | ");
    const printed = canonical(JSON.stringify(object));
    return read === printed ? [] : [`${printed} printed as ${JSON.stringify(texts[index])} is read as ${read}`];
  });
  assert.equal(wrong.length, 0, `${wrong.length} of ${objects.length}:\n${wrong.slice(0, 10).join("\n")}`);
});
