import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../../../scripts/runs.ts";
import { compareImages, parseImage, type SameImage } from "./image.ts";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

const images: readonly [string, Partial<ReturnType<typeof parseImage>>][] = [
  ["proxyv2", { registry: "docker.io", path: "library/proxyv2", name: "proxyv2", tag: "latest", digest: "" }],
  ["reg:5000/proxyv2", { registry: "reg:5000", path: "proxyv2", name: "proxyv2", tag: "latest" }],
  [
    "reg:5000/istio/proxyv2:1.29.0-distroless",
    { registry: "reg:5000", path: "istio/proxyv2", tag: "1.29.0-distroless" },
  ],
  ["istio/proxyv2:1.29.0", { registry: "docker.io", path: "istio/proxyv2", tag: "1.29.0" }],
  ["localhost/proxyv2:x", { registry: "localhost", path: "proxyv2", tag: "x" }],
  [`gcr.io/istio/proxyv2@${digest("a")}`, { registry: "gcr.io", path: "istio/proxyv2", tag: "", digest: digest("a") }],
  [`gcr.io/istio/proxyv2:1@${digest("a")}`, { tag: "1", digest: digest("a") }],
];

for (const [text, expected] of images) {
  test(`reads ${text.slice(0, 60)}`, () => {
    const image = parseImage(text);
    for (const [key, value] of Object.entries(expected)) assert.equal(image[key as keyof typeof image], value);
  });
}

const pairs: readonly [actual: string, running: string, expected: string, whole: SameImage, name: SameImage][] = [
  ["istio/proxyv2:1", "", "docker.io/istio/proxyv2:1", "same", "same"],
  ["docker.io/istio/proxyv2:1", "", "reg:5000/mirror/proxyv2:1", "other", "same"],
  ["istio/proxyv2:1", "", "istio/proxyv2:1-distroless", "other", "other"],
  ["istio/proxyv2:1", "", "istio/agentgateway:1", "other", "other"],
  [`x@${digest("a")}`, "", `x@${digest("b")}`, "other", "other"],
  [`x:1@${digest("a")}`, "", `x:2@${digest("a")}`, "same", "same"],
  ["x:1", digest("a"), `x@${digest("a")}`, "same", "same"],
  ["x:1", digest("b"), `x@${digest("a")}`, "other", "other"],
  ["x:1", "", `x@${digest("a")}`, "unknown", "unknown"],
  ["x:1", "", `x:2@${digest("a")}`, "other", "other"],
  [`x@${digest("a")}`, "", "x:1", "unknown", "unknown"],
  [`x:1@${digest("a")}`, "", "x:1", "same", "same"],
];

for (const [actual, running, expected, whole, name] of pairs) {
  test(`${actual.slice(0, 30)} for ${expected.slice(0, 40)} is ${whole}, by its name ${name}`, () => {
    assert.equal(compareImages(actual, running, expected, true), whole);
    assert.equal(compareImages(actual, running, expected, false), name);
  });
}

test("an image is the same as itself, whatever it is called", () => {
  fc.assert(
    fc.property(fc.string(), fc.boolean(), (text, registry) => {
      assert.equal(compareImages(text, "", text, registry), "same");
      parseImage(text);
    }),
    runs(200),
  );
});
