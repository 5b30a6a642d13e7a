import assert from "node:assert/strict";
import { test } from "node:test";
import { allowsNode, matchesNodeTerm } from "./node-affinity.ts";
import { tolerates, untolerated } from "./tolerations.ts";

test("selects nodes by labels and by name", () => {
  const labels = { zone: "a", cores: "8" };
  const term = (operator: string, values?: string[], key = "zone"): boolean =>
    matchesNodeTerm(
      { matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }] },
      "n1",
      labels,
    );
  assert.deepEqual(
    [
      term("In", ["a", "b"]),
      term("In", ["b"]),
      term("NotIn", ["b"]),
      term("Exists"),
      term("DoesNotExist"),
      term("DoesNotExist", undefined, "gpu"),
      term("Gt", ["4"], "cores"),
      term("Lt", ["4"], "cores"),
      term("Near", ["a"]),
    ],
    [true, false, true, true, false, true, true, false, false],
  );
  const fields = { matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }] };
  assert.deepEqual([matchesNodeTerm(fields, "n1", {}), matchesNodeTerm(fields, "n2", {})], [true, false]);
  assert.equal(matchesNodeTerm({}, "n1", labels), false);
});

test("allows a node by selector and any term of the affinity", () => {
  const affinity = (...zones: string[]): object => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: zones.map((zone) => ({
            matchExpressions: [{ key: "zone", operator: "In", values: [zone] }],
          })),
        },
      },
    },
  });
  const allows = (spec: object): boolean => allowsNode(spec as never, "n1", { zone: "a", disk: "ssd" });
  assert.equal(allows({}), true);
  assert.equal(allows({ nodeSelector: { disk: "hdd" } }), false);
  assert.equal(allows({ nodeSelector: { constructor: "x" } }), false);
  assert.equal(allows(affinity("b", "a")), true);
  assert.equal(allows(affinity("b")), false);
});

test("tolerates taints by key, value and effect", () => {
  const taint = { key: "gpu", value: "yes", effect: "NoSchedule" };
  const cases = [
    [{ operator: "Exists" }, true],
    [{ key: "gpu", operator: "Exists" }, true],
    [{ key: "gpu", value: "yes" }, true],
    [{ key: "gpu", value: "no" }, false],
    [{ key: "gpu", operator: "Exists", effect: "NoExecute" }, false],
    [{ key: "cpu", operator: "Exists" }, false],
  ] as const;
  for (const [toleration, expected] of cases) assert.equal(tolerates(toleration, taint), expected);
  assert.equal(untolerated([taint], [], ["NoExecute"]), undefined);
  assert.equal(untolerated([taint], [], ["NoSchedule"]), taint);
});
