import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inputFindings } from "../input-findings.ts";
import { problemFinding } from "../problem-finding.ts";
import { schemaFindings } from "../schema-findings.ts";
import { parseStream } from "../yaml/parse.ts";
import type { Finding } from "./finding.ts";
import { findingsToJson } from "./json.ts";
import { maskSecrets } from "./mask-secrets.ts";
import { renderFindings } from "./render.ts";
import { findingsToSarif } from "./sarif.ts";
import { sortFindings, summarize } from "./summary.ts";

const object = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "orders" };
const base: Finding = {
  code: "FL050",
  severity: "error",
  message: 'spec: unknown field "replica"',
  hint: "did you mean `replicas`?",
  object,
  field: ["spec", "replica"],
  file: "a.yaml",
  line: 4,
  column: 3,
};
const text = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replica: 1\n  x: 1\n\n\nlast: 1\n";

describe("text", () => {
  test("shows place, object, code frame with a caret, and hint", () => {
    const [before, after] = [base, { ...base, field: ["spec", "template"], message: "wrong" }].map((finding) =>
      renderFindings([finding], { texts: new Map([["a.yaml", text]]) }),
    );
    const frame = "  2 | kind: Deployment\n  3 | spec:\n> 4 |   replica: 1\n    |   ^\n  5 |   x: 1\n";
    assert.equal(
      before,
      `a.yaml:4:3: error FL050: spec: unknown field "replica"\n  in Deployment shop/orders, spec.replica\n${frame}  hint: did you mean \`replicas\`?\n`,
    );
    assert.ok(after!.includes("  in Deployment shop/orders, spec.template\n"));
  });

  test("colours only when asked", () => {
    assert.ok(!renderFindings([base]).includes("\u001b"));
    assert.ok(renderFindings([base], { color: true }).includes("\u001b[31merror\u001b[39m"));
  });

  test("cuts long lines around the column", () => {
    const long = `a: ${"x".repeat(5000)}!${"y".repeat(5000)}\n`;
    const shown = renderFindings(
      [{ code: "FL004", severity: "error", message: "m", file: "l", line: 1, column: 5004 }],
      { texts: new Map([["l", long]]), width: 60 },
    );
    const [, line, caret] = shown.split("\n");
    assert.ok(line!.length < 80 && line!.includes("x!y"));
    assert.equal(line!.indexOf("!"), caret!.indexOf("^"));
  });

  test("puts the caret below wide characters and tabs", () => {
    const wide = "日本\tkey: [\n";
    const shown = renderFindings([{ code: "FL006", severity: "error", message: "m", file: "w", line: 1, column: 4 }], {
      texts: new Map([["w", wide]]),
    });
    assert.ok(shown.includes("> 1 | 日本→key: [\n    |      ^\n"), shown);
  });

  test("lets no escape sequence from a file reach the terminal", () => {
    const evil = { ...base, message: "a\u001b[2Jb", file: "x\u001b]0;y", object: { ...object, name: "\u009b5m" } };
    assert.doesNotMatch(
      renderFindings([evil], { texts: new Map([[evil.file, `\u001b[2J\n${text}`]]) }),
      /(?![\n])\p{Cc}/u,
    );
  });

  test("has no frame for a line beyond the text", () => {
    assert.equal(renderFindings([{ ...base, line: 99 }], { texts: new Map([["a.yaml", text]]) }).split("\n").length, 4);
  });
});

describe("lists", () => {
  const other: Finding = { code: "FL001", severity: "warning", message: "w", file: "a.yaml", line: 1, column: 1 };
  const global: Finding = { code: "FL002", severity: "info", message: "i" };

  test("are sorted by place, without repetitions, whatever their order was", () => {
    const sorted = [other, base, { ...base, file: "b.yaml" }, global];
    assert.deepEqual(sortFindings([global, base, { ...base, file: "b.yaml" }, { ...base }, other]), sorted);
    assert.deepEqual(sortFindings(sorted.toReversed()), sorted);
  });

  test("are counted in words", () => {
    assert.equal(summarize([base, base, other]), "2 errors, 1 warning");
    assert.equal(summarize([global, other, other]), "2 warnings, 1 note");
    assert.equal(summarize([]), "no findings");
  });
});

test("JSON carries the path in both forms", () => {
  const document = findingsToJson([base]);
  assert.equal(document.schemaVersion, 1);
  assert.deepEqual(document.findings, [
    {
      code: "FL050",
      severity: "error",
      message: base.message,
      hint: base.hint,
      object,
      field: "spec.replica",
      path: ["spec", "replica"],
      file: "a.yaml",
      line: 4,
      column: 3,
    },
  ]);
  assert.deepEqual(document.summary, { errors: 1, warnings: 0, infos: 0 });
});

test("SARIF names the rules that occur, with relative escaped paths", () => {
  const sarif = findingsToSarif(
    [
      { ...base, file: "dir a/b.yaml" },
      { code: "XX1", severity: "info", message: "m" },
    ],
    { version: "1.0.0", definitions: schemaFindings.definitions, helpBase: "https://example.com/" },
  );
  const [run] = sarif.runs;
  assert.equal(sarif.version, "2.1.0");
  assert.deepEqual(
    run.tool.driver.rules.map((rule) => rule.id),
    ["FL050", "XX1"],
  );
  assert.equal((run.tool.driver.rules[0] as { helpUri?: string }).helpUri, "https://example.com/fl050");
  const [first, second] = run.results;
  assert.equal(first!.level, "error");
  assert.deepEqual(first!.locations?.[0]?.physicalLocation, {
    artifactLocation: { uri: "dir%20a/b.yaml" },
    region: { startLine: 4, startColumn: 3 },
  });
  assert.deepEqual([second!.ruleIndex, second!.level, second!.locations], [1, "note", undefined]);
});

describe("secrets", () => {
  const secretText =
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {"data": "hidden1"}\ndata:\n  a: hidden2\n  b: |\n    hidden3\n\n    hidden4\nstringData: {c: \'hidden5\'}\n---\nkind: Pod\nspec:\n  containers:\n  - env:\n    - name: X\n      value: hidden6\n    - {name: Z, value: "hidden7"}\n    image: shown\n---\nkind: List\nitems:\n- kind: Secret\n  data: {k: hidden8}\n';

  test("are masked in frames, line by line", () => {
    const masked = maskSecrets(secretText);
    assert.doesNotMatch(masked, /hidden/);
    assert.equal(masked.split("\n").length, secretText.split("\n").length);
    for (const shown of ["name: s", "name: X", "image: shown", "  a: ", "b: "])
      assert.ok(masked.includes(shown), shown);
  });

  test("are masked in documents that cannot be parsed", () => {
    for (const broken of [
      `${secretText}x: [\n`,
      secretText.replace("kind: Secret\n", "kind: Secret\n\tx: 1\n"),
      secretText.replace("name: X", "name: X\n   y: 1"),
    ]) {
      assert.doesNotMatch(maskSecrets(broken), /hidden/, broken);
      const { findings } = parseStream(broken, { file: "s" });
      assert.doesNotMatch(renderFindings(findings, { texts: new Map([["s", broken]]) }), /hidden/);
    }
  });

  test("are masked in files that are no manifests, by the names of their keys", () => {
    for (const file of [
      'users:\n- user:\n    token: hunter2\n    client-key-data: "hunter2"\n',
      '{\n  "access_token": "hunter2",\n  "private_key": "hunter2"\n}\n',
      "password: |\n  hunter2\n  hunter2\nPASSWORD:\n  hunter2\n",
      'const secret = "hunter2"; {\nDB_PASSWORD=hunter2\n',
      "curl -H 'Authorization: Bearer hunter2hunter2' {\n",
    ]) {
      const masked = maskSecrets(file);
      assert.ok(!masked.includes("hunter2"), masked);
      assert.equal(masked.split("\n").length, file.split("\n").length);
    }
    const names = "secretName: shown\nsecret:\n  secretName: shown\ntokens: [shown]\n";
    assert.equal(maskSecrets(names), names);
  });
  test("are masked where they are private keys", () => {
    const [begin, end] = ["-----BEGIN EC PRIVATE KEY-----", "-----END EC PRIVATE KEY-----"];
    const block = `key: |\n  ${begin}\n  abc\n  def\n  ${end}\nother: shown\n`;
    assert.equal(maskSecrets(block), `key: |\n  ${begin}\n  ••••••\n  ••••••\n  ${end}\nother: shown\n`);
    assert.equal(maskSecrets(`{"key":"${begin}\\nabc\\n${end}"}`), `{"key":"${begin}••••••${end}"}`);
    assert.equal(maskSecrets(`${begin}\nabc\n`), `${begin}\n••••••\n`);
  });
  test("are not quoted by schema problems", () => {
    const problem = { path: ["stringData", "a"], kind: "type", expected: "string", found: "integer 4711" } as const;
    const finding = problemFinding(problem, { object: { apiVersion: "v1", kind: "Secret", name: "s" } });
    assert.doesNotMatch(finding.message, /4711/);
    assert.match(problemFinding(problem, { object }).message, /4711/);
    const env = { ...problem, path: ["spec", "containers", 0, "env", 1, "value"] };
    assert.doesNotMatch(problemFinding(env, { object }).message, /4711/);
  });
});

test("each problem of the validator has its code, its field and its suggestion", () => {
  const finding = problemFinding(
    { path: ["spec", "replica"], kind: "unknown", expected: "", found: "replica", suggestion: "replicas" },
    { object },
  );
  assert.deepEqual(
    [finding.code, finding.message, finding.field],
    ["FL050", 'spec: unknown field "replica"', ["spec", "replica"]],
  );
  assert.match(finding.hint ?? "", /replicas/);
  const tolerated = problemFinding(
    { path: ["a", 1], kind: "duplicate", expected: "", found: "name", tolerated: true },
    { object },
  );
  assert.deepEqual([tolerated.code, tolerated.severity], ["FL065", "warning"]);
});

test("every code is explained", () => {
  for (const [code, definition] of Object.entries({ ...inputFindings.definitions, ...schemaFindings.definitions })) {
    assert.match(code, /^FL0\d\d$/);
    for (const part of ["title", "explanation", "remedy"] as const)
      assert.ok(definition[part].length > 11, `${code} ${part}`);
    assert.doesNotMatch(definition.title, /\.$/);
  }
});
