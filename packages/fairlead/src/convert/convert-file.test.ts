import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import { parseStream, print } from "@fairlead/krm";
import * as fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { dialects } from "../dialects/dialects.ts";
import { convertFile } from "./convert-file.ts";

const valuesOf = (text: string): JsonValue[] => parseStream(text).documents.map(({ value }) => value);

describe("convertFile", () => {
  it("rewrites the foreign document and leaves every byte of the others", () => {
    const head = "# licence\n\nkind:   ConfigMap # odd   spacing\napiVersion: v1\ndata: {a: 'b'}\n--- # next\n";
    const tail = '\n# end of it\n---\n{"kind": "Secret", "apiVersion": "v1"}\n';
    const foreign = "kind: LummoTopic\nspec: {prefix: dev-, topics: [a]}";
    const { text, changes } = convertFile(head + foreign + tail, { file: "f.yaml" });
    const modern =
      "apiVersion: fairlead.dev/v1alpha1\nkind: Topic\nmetadata:\n  name: dev-a\nspec:\n  prefix: dev-\n  topics:\n  - a";
    assert.equal(text, head + modern + tail);
    assert.deepEqual(changes, [{ from: "LummoTopic", to: "Topic", name: "dev-a", line: 7 }]);
  });

  it("moves comments with their fields", () => {
    const { text, findings } = convertFile(`# at the head
kind: LummoDeployment # the kind
spec:
  # what it belongs to
  part-of: shop
  app: api # the app
  containers: # only one
    # which image
    image: api # the image
    resources: {requests: {cpu: 1}} # needed
  scaling:
    # few
    minreplica: 1
    maxreplica: "5" # many
    cpu: # by processor
      target: 50 # percent
    # nothing else
`);
    assert.equal(
      text,
      `# at the head
apiVersion: fairlead.dev/v1alpha1
kind: App # the kind
metadata:
  name: api # the app
spec:
  # what it belongs to
  partOf: shop
  containers: # only one
  - name: api
    # which image
    image: api # the image
    resources: # needed
      requests:
        cpu: 1
  scaling:
    # few
    min: 1
    max: 5 # many
    # by processor
    cpu: 50 # percent
    # nothing else
`,
    );
    assert.deepEqual(findings, []);
  });

  it("puts comments of fields that are gone at the head, and says so", () => {
    const { text, findings } = convertFile(
      "kind: LummoJob\nspec:\n  app: a\n  env: dev # which\n  container: {extends: b}\n",
    );
    assert.match(text, /^# which\napiVersion: /);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["FL158", "FL161"],
    );
  });

  it("leaves a document as it is that would lose something", () => {
    const text = "kind: LummoDeployment\nspec:\n  app: a\n  scalling: {}\n---\nkind: LummoTopic\nspec: {topics: [a]}\n";
    const result = convertFile(text, { file: "f.yaml" });
    assert.ok(result.text.startsWith("kind: LummoDeployment\nspec:\n  app: a\n  scalling: {}\n---\napiVersion:"));
    const errors = result.findings.filter(({ severity }) => severity === "error");
    assert.deepEqual(
      errors.map(({ code, file, line, column }) => [code, file, line, column]),
      [
        ["FL152", "f.yaml", 4, 3],
        ["FL160", "f.yaml", 1, 1],
      ],
    );
  });

  it("keeps line breaks, byte order mark, directives and the marker's line", () => {
    const crlf = "\uFEFFkind: LummoTopic\r\nspec:\r\n  topics: [a] # c\r\n";
    assert.equal(
      convertFile(crlf).text,
      "\uFEFFapiVersion: fairlead.dev/v1alpha1\r\nkind: Topic\r\nmetadata:\r\n  name: a\r\nspec:\r\n  topics: # c\r\n  - a\r\n",
    );
    assert.equal(
      convertFile("--- {kind: LummoTopic, spec: {topics: [a]}}\n").text,
      "--- \napiVersion: fairlead.dev/v1alpha1\nkind: Topic\nmetadata:\n  name: a\nspec:\n  topics:\n  - a\n",
    );
  });

  it("keeps JSON JSON", () => {
    const text = '{\n    "kind": "LummoTopic",\n    "spec": {"topics": ["a"]}\n}\n';
    const converted = convertFile(text).text;
    assert.deepEqual(JSON.parse(converted), valuesOf(converted)[0]);
    assert.match(converted, /^\{\n {4}"apiVersion"/);
    assert.ok(converted.endsWith("}\n"));
  });

  it("converts what stands in a List, and keeps the rest of it", () => {
    const text =
      "apiVersion: v1\nkind: List\nitems:\n# cm\n- {apiVersion: v1, kind: ConfigMap}\n# job\n- kind: LummoJob\n  spec:\n    app: a # name\n    container: {extends: b}\n";
    const converted = convertFile(text).text;
    assert.deepEqual(valuesOf(converted), [
      {
        apiVersion: "v1",
        kind: "List",
        items: [
          { apiVersion: "v1", kind: "ConfigMap" },
          {
            apiVersion: "fairlead.dev/v1alpha1",
            kind: "Task",
            metadata: { name: "a" },
            spec: { containers: [{ name: "a", extends: "b" }] },
          },
        ],
      },
    ]);
    assert.match(converted, /# cm\n- apiVersion: v1\n[^#]*# job\n- apiVersion: fairlead[^#]*name: a # name/);
  });

  it("reports a text that cannot be read and leaves it", () => {
    const { text, findings } = convertFile("kind: [\n", { file: "f.yaml" });
    assert.equal(text, "kind: [\n");
    assert.equal(findings[0]!.severity, "error");
  });

  const word = fc.constantFrom("a", "app", "80", "x y", "...", "# no", "yes", "");
  const field = fc.constantFrom(
    "app",
    "name",
    "part-of",
    "env",
    "schedule",
    "prefix",
    "connectionSecret",
    "project",
    "reloader",
  );
  const container = fc.record(
    { name: word, image: word, configs: fc.array(word), resources: fc.constant({}) },
    { requiredKeys: [] },
  );
  const spec = fc
    .tuple(
      fc.dictionary(field, fc.oneof(word, fc.integer(), fc.constant(null)), { maxKeys: 5 }),
      fc.record({ containers: fc.oneof(container, fc.array(container)), topics: fc.array(word) }, { requiredKeys: [] }),
    )
    .map(([plain, deep]) => ({ ...plain, ...deep }) as JsonObject);

  it("gives the object that rendering sees, once: converting again changes nothing", () => {
    fc.assert(
      fc.property(fc.constantFrom(...dialects.keys()), spec, fc.boolean(), (kind, value, compat) => {
        const foreign = { kind, metadata: { name: "n" }, spec: value };
        const written = print(foreign).replace(/\n/, " # a comment\n");
        const { object, findings } = dialects.get(kind)!.convert(foreign, { compat });
        const result = convertFile(written, { compat });
        if (findings.some(({ severity }) => severity === "error")) {
          assert.equal(result.text, written);
          return;
        }
        assert.deepEqual(valuesOf(result.text), [object]);
        assert.ok(result.text.includes("# a comment"));
        assert.deepEqual(convertFile(result.text, { compat }), { text: result.text, changes: [], findings: [] });
      }),
      runs(200),
    );
  });
});
