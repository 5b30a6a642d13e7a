import assert from "node:assert/strict";
import { test } from "node:test";
import { changeLines } from "./control-planes.ts";

test("clusters in which the same happens share a line", () => {
  const change = (cluster: string, from: string | undefined, to: string | undefined) => ({ cluster, from, to });
  assert.deepEqual(
    changeLines([
      change("us", undefined, "1.28.0"),
      change("eu", "1.28.0", "1.28.0"),
      change("ap", "1.28.0", "1.29.0"),
      change("af", undefined, "1.28.0"),
      change("as", undefined, "1.28.0"),
      change("sa", "1.27.0", undefined),
    ]),
    [
      "Istio 1.28.0 in us, af and as",
      "Istio 1.28.0, as it was kept, in eu",
      "Istio 1.28.0 → 1.29.0 in ap",
      "Istio 1.27.0 is gone from sa",
    ],
  );
  assert.deepEqual(changeLines([]), []);
});
