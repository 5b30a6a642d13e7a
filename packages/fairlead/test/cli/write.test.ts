import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { fairlead, inFolder } from "../support/cli.ts";

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "example/web:1"}]}
`;

describe("what cannot be written is a finding with the file's name", () => {
  for (const [args, file] of [
    [["schema", "-o", "json-schema", "--out", "blocked"], "blocked/app.schema.json"],
    [["schema", "-o", "crd", "--out", "blocked/deep", "App"], "blocked/deep/apps.yaml"],
    [["schema", "-o", "openapi", "--out", "blocked"], "blocked/openapi.json"],
    [["import", "-f", "web.yaml", "--out", "blocked"], "blocked/"],
    [["init", "hello", "--out", "blocked/hello.yaml"], "blocked/hello.yaml"],
  ] as const) {
    test(`fairlead ${args.join(" ")}`, () =>
      inFolder(async (folder) => {
        writeFileSync(path.join(folder, "blocked"), "a file where a folder is wanted");
        writeFileSync(path.join(folder, "web.yaml"), deployment);
        const { code, stdout, stderr } = await fairlead(args, { cwd: folder });
        assert.deepEqual([code, stdout], [1, ""]);
        assert.ok(stderr.includes(`error FL604: ${file}`), stderr);
        assert.doesNotMatch(stderr, /^\s+at /m, "a stack trace");
        assert.deepEqual(readdirSync(folder).sort(), ["blocked", "web.yaml"]);
      }));
  }
});
