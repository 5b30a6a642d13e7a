/** Every YAML block of the predecessor's README, value for value: accepted by kind, and rendered as valid objects. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { parseStream } from "@fairlead/krm";
import { compileText } from "../../src/compile/text.ts";
import { convertFile } from "../../src/convert/convert-file.ts";
import { assertAccepted, assertValid, kindsOf, objectsOf } from "../support/compile.ts";

const folder = path.join(import.meta.dirname, "blocks");
const blocks = readdirSync(folder).map((name) => ({ name, text: readFileSync(path.join(folder, name), "utf8") }));
/** What the README takes as given: where internal host names live, and the application behind the route. */
const surroundings = {
  name: "surroundings.yaml",
  text: `apiVersion: fairlead.dev/v1alpha1
kind: Environment
metadata: {name: test}
spec: {routes: {internalDomain: internal.example}}
---
kind: LummoDeployment
spec:
  app: test-server
  containers: [{image: "test-server:1", http: {port: 8000}, grpc: {port: 5000}}]
`,
};
const expected: { readonly [name: string]: readonly string[] } = {
  "networking.yaml": ["Certificate", "IngressRoute"],
  "pgbouncer.yaml": ["ConfigMap", "Deployment", "PodMonitor", "Service"],
  "subscriptions.yaml": ["PubSubSubscription"],
  "topics.yaml": ["PubSubTopic"],
  "workloads.yaml": ["PodMonitor", "Rollout", "ScaledObject"],
};

describe("every YAML block of the README", () => {
  it("is here", () => {
    assert.deepEqual(blocks.map(({ name }) => name).sort(), Object.keys(expected).sort());
  });

  for (const block of blocks) {
    const input = block.name === "networking.yaml" ? [block, surroundings] : [block];

    it(`${block.name} is accepted by kind and renders valid objects`, async () => {
      const compiled = await compileText(input);
      assertValid(compiled);
      for (const kind of expected[block.name]!) assert.ok(kindsOf(compiled).includes(kind), kind);
    });

    it(`${block.name} shows the modern spelling in one finding each`, async () => {
      const compiled = await compileText([block]);
      const said = compiled.findings.filter(({ code }) => code === "FL150");
      assert.equal(said.length, parseStream(block.text).documents.length);
      for (const { severity, hint, line } of said) {
        assert.equal(severity, "info");
        assert.match(hint ?? "", /apiVersion: fairlead\.dev\/v1alpha1, kind: [A-Z]/);
        assert.ok(line !== undefined);
      }
    });

    it(`${block.name} renders the same objects after it was converted`, async () => {
      const converted = convertFile(block.text, { file: block.name });
      assert.equal(converted.changes.length, 1);
      const after = await compileText([{ ...block, text: converted.text }, ...input.slice(1)]);
      assert.deepEqual(objectsOf(after), objectsOf(await compileText(input)));
      assert.ok(!after.findings.some(({ code, file }) => code === "FL150" && file === block.name));
      for (const comment of block.text.match(/#.*/g) ?? []) assert.ok(converted.text.includes(comment), comment);
    });
  }

  it("converted for compat mode they render the same there, too", async () => {
    const networking = blocks.find(({ name }) => name === "networking.yaml")!;
    for (const block of blocks.filter(({ name }) => name !== "pgbouncer.yaml")) {
      const input = block === networking ? [surroundings] : [];
      const converted = { ...block, text: convertFile(block.text, { compat: true }).text };
      const before = await compileText([block, ...input], { compat: true });
      assertAccepted(before);
      assert.deepEqual(objectsOf(await compileText([converted, ...input], { compat: true })), objectsOf(before));
    }
  });

  it("all of them together are accepted", async () => {
    assertAccepted(await compileText([...blocks, surroundings]));
  });

  it("any apiVersion is accepted, also none", async () => {
    for (const apiVersion of ["lummoKRM/v1", "LummoKRM", "LummoKRM/v1", "v1", undefined]) {
      for (const block of blocks) {
        const bare = block.text.replace(/^apiVersion:.*\n/m, "");
        const text = apiVersion === undefined ? bare : bare.replace(/^kind:/m, `apiVersion: ${apiVersion}\nkind:`);
        assertAccepted(
          await compileText(
            block.name === "networking.yaml" ? [{ ...block, text }, surroundings] : [{ ...block, text }],
          ),
        );
      }
    }
  });
});
