import assert from "node:assert/strict";
import { test } from "node:test";
import { applyPatch, wrapperModule } from "./build.ts";

const goMod = `module k8s.io/kubernetes

go 1.26.0

require (
	k8s.io/api v0.0.0
	k8s.io/klog/v2 v2.130.1
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/apiserver => ./staging/src/k8s.io/apiserver
	k8s.io/klog/v2 => ../klog
	k8s.io/utils => k8s.io/utils v0.1.0
)
`;

test("replaces each staging module by its published release and nothing else", () => {
  assert.deepEqual(wrapperModule(goMod, "1.36.3").split("\n"), [
    "module fairlead.dev/real-plane",
    "go 1.26.0",
    "require k8s.io/kubernetes v1.36.3",
    "replace k8s.io/api => k8s.io/api v0.36.3",
    "replace k8s.io/apiserver => k8s.io/apiserver v0.36.3",
    "",
  ]);
});

test("refuses a release whose go.mod it does not understand", () => {
  assert.throws(() => wrapperModule("module k8s.io/kubernetes\ngo 1.26\n", "1.99.0"), { code: "tool-unavailable" });
});

test("patches the one place that a patch names, and refuses a source in which it is another one", () => {
  const patch = { file: "a.go", from: "old", to: "$& new" };
  assert.equal(applyPatch("an old text", patch), "an $& new text");
  for (const text of ["none", "old and old"]) {
    assert.throws(() => applyPatch(text, patch), { code: "tool-unavailable", message: /a\.go/ });
  }
});
