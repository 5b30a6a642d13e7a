import assert from "node:assert/strict";
import { test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { layout } from "./layout.ts";

function declaration(kind: string, name: string, namespace?: string, spec: { app?: string } = {}): KrmObject {
  return {
    apiVersion: "fairlead.dev/v1alpha1",
    kind,
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec,
  };
}

const paths = (files: readonly { path: string }[]) => files.map(({ path }) => path);

test("an App's file has the Routes that lead to it", () => {
  const files = layout(
    [
      declaration("App", "web"),
      declaration("Route", "public", undefined, { app: "web" }),
      declaration("Task", "clean"),
    ],
    [],
  );
  assert.deepEqual(paths(files), ["web.yaml", "clean.yaml"]);
  assert.match(files[0]!.text, /kind: App[\s\S]*kind: Route/);
});

test("several namespaces are several folders", () => {
  const files = layout([declaration("App", "web", "a"), declaration("App", "web", "b"), declaration("App", "web")], []);
  assert.deepEqual(paths(files), ["a/web.yaml", "b/web.yaml", "web.yaml"]);
});

test("what stays as it is has a file of its own", () => {
  const config: KrmObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" }, data: { a: "b" } };
  const files = layout([declaration("App", "web")], [config]);
  assert.deepEqual(paths(files), ["web.yaml", "others.yaml"]);
  assert.match(files[1]!.text, /kind: ConfigMap/);
});

test("no name leaves the folder", () => {
  for (const { path } of layout([declaration("App", "../../etc/passwd", ".."), declaration("App", "..", "x")], [])) {
    assert.doesNotMatch(path, /(^|\/)\.\.(\/|$)/);
  }
});
