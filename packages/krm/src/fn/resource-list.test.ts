import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import type { Finding } from "../finding/finding.ts";
import type { KrmObject } from "../object.ts";
import { parseStream } from "../yaml/parse.ts";
import { readResourceList } from "./read-resource-list.ts";
import type { ResourceList } from "./resource-list.ts";
import { findingOf, resultOf } from "./result.ts";
import { writeResourceList } from "./write-resource-list.ts";

const text = `# head
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
# the deployment
- apiVersion: apps/v1 # v
  kind: Deployment
  metadata:
    name: a   # name
    annotations:
      config.kubernetes.io/path: x.yaml
      internal.config.kubernetes.io/path: x.yaml
      internal.config.kubernetes.io/seqindent: compact
  spec:
    # how many
    replicas: 1
    # trailing
- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}} # keep
- apiVersion: v1
  kind: ConfigMap
  metadata:
      name: d
  data:
      x: |
        a

         b
      # end
functionConfig:
  # of the function
  apiVersion: example.com/v1
  kind: SetLabels
  metadata: {name: x}
`;

function read(input: string): ResourceList {
  const { list, findings } = readResourceList(input);
  assert.deepEqual(findings, []);
  return list!;
}

function objects(list: ResourceList): KrmObject[] {
  return list.items.map(({ object }) => object);
}

describe("a ResourceList", () => {
  test("comes out as it went in when nothing changes", () => {
    const list = read(text);
    assert.equal(writeResourceList(list, objects(list)).text, text);
  });

  test("may be indented below `items` and has CRLF: the items keep their own lines", () => {
    const indented = text.replace(
      /items:\n([^]*)functionConfig/,
      (_, items: string) => `items:\n${items.replaceAll(/^/gm, "    ").trimEnd()}\nfunctionConfig`,
    );
    const list = read(indented.replaceAll("\n", "\r\n"));
    assert.equal(writeResourceList(list, objects(list)).text, text);
  });

  test("keeps the comments of a changed item, and the bytes of the others", () => {
    const list = read(text);
    const [first, ...rest] = objects(list);
    const changed = structuredClone(first!);
    (changed["spec"] as JsonObject)["replicas"] = 3;
    const output = writeResourceList(list, [changed, ...rest]).text;
    assert.equal(output, text.replace("replicas: 1", "replicas: 3"));
  });

  test("notices changes in place", () => {
    const list = read(text);
    (list.items[0]!.object["spec"] as JsonObject)["replicas"] = 3;
    assert.equal(writeResourceList(list, objects(list)).text, text.replace("replicas: 1", "replicas: 3"));
  });

  test("prints new items, drops removed ones and keeps the order of the output", () => {
    const list = read(text);
    const fresh: KrmObject = { apiVersion: "v1", kind: "Service", metadata: { name: "s" } };
    const [first, second] = objects(list);
    const output = parseStream(writeResourceList(list, [second!, fresh, first!]).text).documents[0]!.value as {
      items: KrmObject[];
    };
    assert.deepEqual(output.items, [second, fresh, first]);
  });

  test("is read from JSON", () => {
    const value = parseStream(text).documents[0]!.value;
    const list = read(JSON.stringify(value));
    assert.deepEqual(parseStream(writeResourceList(list, objects(list)).text).documents[0]!.value, value);
  });

  test("keeps items that are tied by anchors correct", () => {
    const tied =
      "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: v1\n  kind: A\n  metadata: &m {name: a}\n- apiVersion: v1\n  kind: B\n  metadata: *m\n";
    const list = read(tied);
    const output = read(writeResourceList(list, objects(list).toReversed()).text);
    assert.deepEqual(objects(output), objects(list).toReversed());
  });

  test("says where an item's field stands", () => {
    const { line, column, file } = read(text).items[0]!.locate(["spec", "replicas"], "value");
    assert.deepEqual([file, line, column], ["stdin", 16, 15]);
  });
});

test("whatever the function does, the output means what it returned", () => {
  const names = fc.constantFrom("a", "c", "d", "new");
  const operation = fc.record({
    name: names,
    value: fc.constantFrom<JsonObject[string]>("yes", 1, { q: [1, "x\ny\n"] }, [], null),
    drop: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 4 }), (operations) => {
      const list = read(text);
      let items: JsonObject[] = objects(list).map((object) => structuredClone(object));
      for (const { name, value, drop } of operations) {
        if (drop) items = items.filter((item) => (item["metadata"] as JsonObject)["name"] !== name);
        else if (name === "new") items.push({ apiVersion: "v1", kind: "New", metadata: { name }, value });
        else for (const item of items) if ((item["metadata"] as JsonObject)["name"] === name) item["value"] = value;
      }
      const output = parseStream(writeResourceList(list, items).text);
      assert.deepEqual(output.findings, []);
      assert.deepEqual((output.documents[0]!.value as JsonObject)["items"], items);
    }),
    runs(200),
  );
});

describe("tracking annotations", () => {
  const [name, legacy] = ["internal.config.kubernetes.io/path", "config.kubernetes.io/path"];
  const write = (change: (annotations: Record<string, string>) => void) => {
    const list = read(text);
    const [first, ...rest] = objects(list).map((object) => structuredClone(object));
    change(first!.metadata.annotations!);
    const { text: output, findings } = writeResourceList(list, [first!, ...rest]);
    const annotations = objects(readResourceList(output).list!)[0]!.metadata.annotations!;
    return {
      path: [annotations[name], annotations[legacy]],
      seqindent: annotations["internal.config.kubernetes.io/seqindent"],
      codes: findings.map(({ code }) => code),
    };
  };

  test("follow each other", () => {
    assert.deepEqual(write((a) => (a[name] = "y.yaml")).path, ["y.yaml", "y.yaml"]);
    assert.deepEqual(write((a) => (a[legacy] = "y.yaml")).path, ["y.yaml", "y.yaml"]);
    assert.deepEqual(write((a) => delete a[name]).path, [undefined, undefined]);
    assert.equal(write((a) => (a[name] = "y.yaml")).seqindent, "compact");
  });

  test("that contradict each other are a finding", () => {
    const { codes } = write((a) => {
      a[name] = "y.yaml";
      a[legacy] = "z.yaml";
    });
    assert.deepEqual(codes, ["FL044"]);
  });

  test("of a new item are written under both names when the input uses both", () => {
    const list = read(text);
    const fresh: KrmObject = {
      apiVersion: "v1",
      kind: "A",
      metadata: { name: "n", annotations: { [name]: "n.yaml" } },
    };
    const output = read(writeResourceList(list, [fresh]).text);
    assert.equal(output.items[0]!.object.metadata.annotations![legacy], "n.yaml");
  });
});

describe("what is no ResourceList", () => {
  const cases: [string, string, string[]][] = [
    ["nothing", "", ["FL040 1:1"]],
    ["another kind", "apiVersion: v1\nkind: ConfigMap\n", ["FL040 1:1"]],
    ["another version", "apiVersion: v2\nkind: ResourceList\n", ["FL040 1:1"]],
    ["two documents", "kind: ResourceList\n---\nkind: ResourceList\n", ["FL040 1:1"]],
    ["items that are no list", "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: 3\n", ["FL040 3:8"]],
    [
      "an item without kind",
      "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: v1\n",
      ["FL041 4:3"],
    ],
    [
      "a functionConfig that is a number",
      "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nfunctionConfig: 3\n",
      ["FL041 4:17"],
    ],
    ["broken YAML", "kind: [", ["FL006 1:7"]],
    [
      "results without message",
      "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nresults: [{severity: error}]\n",
      ["FL045 4:11"],
    ],
  ];
  for (const [what, input, expected] of cases) {
    test(`is a finding: ${what}`, () => {
      assert.deepEqual(
        readResourceList(input).findings.map(({ code, line, column }) => `${code} ${line}:${column}`),
        expected,
      );
    });
  }

  test("is refused above 64 MiB", () => {
    const { findings } = readResourceList(
      `apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n${`# ${"x".repeat(1022)}\n`.repeat(65_536)}`,
    );
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["FL020"],
    );
  });
});

describe("results", () => {
  const finding: Finding = {
    code: "FL123",
    severity: "warning",
    message: "m",
    hint: "h",
    object: { apiVersion: "v1", kind: "A", namespace: "s", name: "n" },
    field: ["spec", "x", 0, "a.b/c"],
    file: "f.yaml",
    line: 3,
    column: 4,
    currentValue: 1,
    proposedValue: [2],
  };

  test("carry a finding there and back", () => {
    assert.deepEqual(findingOf(resultOf(finding)), finding);
  });

  test("have the form of the specification", () => {
    assert.deepEqual(resultOf(finding), {
      message: "m — h",
      severity: "warning",
      resourceRef: { apiVersion: "v1", kind: "A", name: "n", namespace: "s" },
      field: { path: "spec.x[0][a.b/c]", currentValue: 1, proposedValue: [2] },
      file: { path: "f.yaml" },
      tags: { code: "FL123", hint: "h", position: "f.yaml:3:4" },
    });
  });

  test("do not carry secrets", () => {
    const secret = resultOf({
      ...finding,
      object: { apiVersion: "v1", kind: "Secret", name: "s" },
      field: ["data", "x"],
    });
    assert.deepEqual(secret["field"], { path: "data.x" });
  });

  const forms = [
    "results:\n- message: m\n  severity: info\n  resourceRef: {apiVersion: v1, kind: A, name: web, namespace: s}\n",
    "results:\n  name: fn\n  items:\n  - message: m\n    severity: info\n    resourceRef: {apiVersion: v1, kind: A, metadata: {name: web, namespace: s}}\n",
  ];
  for (const form of forms) {
    test(`are read and written in the specification's form: ${form.split("\n")[1]!.trim()}`, () => {
      const list = read(`apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n${form}`);
      assert.deepEqual(list.results, [
        {
          code: "FL049",
          severity: "info",
          message: "m",
          object: { apiVersion: "v1", kind: "A", namespace: "s", name: "web" },
        },
      ]);
      const [result] = (parseStream(writeResourceList(list, []).text).documents[0]!.value as { results: JsonObject[] })
        .results;
      assert.deepEqual(result!["resourceRef"], { apiVersion: "v1", kind: "A", name: "web", namespace: "s" });
    });
  }
});
