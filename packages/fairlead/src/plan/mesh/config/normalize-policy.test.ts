import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isObject, validate, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import fc from "fast-check";
import { admiralKind, admiralKinds } from "../../../kinds/admiral/admiral-kinds.ts";
import { normalizePolicy } from "./normalize-policy.ts";

const policy = (kind: string, spec: JsonValue): JsonObject => ({
  apiVersion: "admiral.io/v1alpha1",
  kind,
  metadata: { name: "p", namespace: "shop" },
  spec,
});

function read(kind: string, spec: JsonValue) {
  const { object, findings } = normalizePolicy(policy(kind, spec));
  return {
    spec: object["spec"],
    said: findings.map(({ code, severity, message }) => `${code} ${severity} ${message}`),
  };
}

test("a policy as the API has it stays the same object, without a word", () => {
  for (const { example, kind } of admiralKinds) {
    const { object, findings } = normalizePolicy(example);
    assert.equal(object, example, kind);
    assert.deepEqual(findings, [], kind);
  }
});

test("the README's lbtype is read as lbType, with the place and what to write", () => {
  const text =
    "apiVersion: admiral.io/v1alpha1\nkind: GlobalTrafficPolicy\nmetadata: {name: gtp-service1}\nspec:\n  policy:\n  - dnsPrefix: default\n    lbtype: TOPOLOGY\n";
  const [document] = parseStream(text, { file: "gtp.yaml" }).documents;
  const { object, findings } = normalizePolicy(document!.value as JsonObject, document);
  assert.deepEqual(object["spec"], { policy: [{ dnsPrefix: "default", lbType: "TOPOLOGY" }] });
  const [finding] = findings;
  assert.equal(findings.length, 1);
  assert.deepEqual([finding!.code, finding!.severity], ["FL828", "warning"]);
  assert.deepEqual([finding!.file, finding!.line, finding!.column], ["gtp.yaml", 7, 5]);
  assert.equal(finding!.message, "spec.policy[0].lbtype: the field is called lbType; lbtype is read as that");
  assert.equal(finding!.hint, "write lbType");
});

describe("numbers and cases of enumerations", () => {
  const cases: readonly (readonly [written: JsonValue, read: JsonValue, ...said: string[]])[] = [
    [0, "TOPOLOGY"],
    [1, "FAILOVER"],
    ["FAILOVER", "FAILOVER"],
    ["failover", "FAILOVER", "FL828 warning spec.policy[0].lbType: failover is read as FAILOVER"],
    ["1", "FAILOVER", "FL828 warning spec.policy[0].lbType: 1 is read as FAILOVER"],
    [2, 2, "FL829 error spec.policy[0].lbType: 2 is none of TOPOLOGY (0), FAILOVER (1)"],
    ["", "", "FL829 error spec.policy[0].lbType:  is none of TOPOLOGY (0), FAILOVER (1)"],
    ["random", "random", "FL829 error spec.policy[0].lbType: random is none of TOPOLOGY (0), FAILOVER (1)"],
  ];
  for (const [written, wanted, ...said] of cases) {
    test(`lbType: ${JSON.stringify(written)}`, () => {
      const result = read("GlobalTrafficPolicy", { policy: [{ lbType: written }] });
      assert.deepEqual(result, { spec: { policy: [{ lbType: wanted }] }, said });
    });
  }

  test("h2UpgradePolicy: 2", () => {
    assert.deepEqual(read("ClientConnectionConfig", { connectionPool: { http: { h2UpgradePolicy: 2 } } }), {
      spec: { connectionPool: { http: { h2UpgradePolicy: "UPGRADE" } } },
      said: [],
    });
  });
});

describe("spellings of fields", () => {
  test("the protocol's JSON names are the API's own", () => {
    const detection = { baseEjectionTime: 5, consecutiveGatewayErrors: 3, interval: 2 };
    const normal = { base_ejection_time: 5, consecutive_gateway_errors: 3, interval: 2 };
    assert.deepEqual(read("GlobalTrafficPolicy", { policy: [{ outlierDetection: detection }] }), {
      spec: { policy: [{ outlier_detection: normal }] },
      said: [],
    });
    assert.deepEqual(read("OutlierDetection", { outlierConfig: detection }), {
      spec: { outlier_config: normal },
      said: [],
    });
    assert.deepEqual(read("DependencyProxy", { destination: { dnsPrefixes: ["a"], dnsSuffix: "xyz" } }), {
      spec: { destination: { dns_prefixes: ["a"], dns_suffix: "xyz" } },
      said: [],
    });
  });

  test("the predecessor's own example of a DependencyProxy is read as it is meant", () => {
    assert.deepEqual(read("DependencyProxy", { destination: { dns_prefix: ["test0", "test1"] } }), {
      spec: { destination: { dns_prefixes: ["test0", "test1"] } },
      said: ["FL828 warning spec.destination.dns_prefix: the field is called dns_prefixes; dns_prefix is read as that"],
    });
  });

  test("a field that stands there in both spellings is read in the API's, wherever it stands", () => {
    for (const item of [
      { lbType: "TOPOLOGY", lbtype: "FAILOVER" },
      { lbtype: "FAILOVER", lbType: "TOPOLOGY" },
    ]) {
      assert.deepEqual(read("GlobalTrafficPolicy", { policy: [item] }), {
        spec: { policy: [{ lbType: "TOPOLOGY" }] },
        said: ["FL828 warning spec.policy[0].lbtype: lbtype has no effect beside lbType"],
      });
    }
  });

  test("a field that there is not stays, and the nearest one is named", () => {
    const { object, findings } = normalizePolicy(policy("Dependency", { source: "a", destination: ["b"] }));
    assert.deepEqual(object["spec"], { source: "a", destination: ["b"] });
    assert.deepEqual(
      findings.map(({ code, hint }) => [code, hint]),
      [["FL829", "did you mean `destinations`?"]],
    );
  });

  test("fields that other programs add to a TrafficConfig are theirs", () => {
    assert.deepEqual(read("TrafficConfig", { edgeService: { more: 1 } }), {
      spec: { edgeService: { more: 1 } },
      said: [],
    });
  });
});

test("objects of other kinds and groups are none of its business", () => {
  for (const object of [
    { ...policy("GlobalTrafficPolicy", { policy: [{ lbtype: 1 }] }), apiVersion: "other.io/v1" },
    policy("Shard", { lbtype: 1 }),
    policy("Dependency", "none"),
  ]) {
    assert.deepEqual(normalizePolicy(object), { object, findings: [] });
  }
});

test("whatever stands in a policy, what comes out obeys the kind's schema where what went in did", () => {
  const word = fc.constantFrom(
    "policy",
    "lbType",
    "lbtype",
    "target",
    "outlierDetection",
    "outlier_detection",
    "baseEjectionTime",
    "dnsPrefix",
    "__proto__",
    "region",
  );
  const value = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<JsonValue>(0, 1, "failover", "FAILOVER", "x", null, true),
      fc.array(tie("value"), { maxLength: 2 }),
      fc.dictionary(word, tie("value"), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).value;
  const { spec: schema } = admiralKind("GlobalTrafficPolicy")!;
  fc.assert(
    fc.property(value, (spec) => {
      const { object, findings } = normalizePolicy(policy("GlobalTrafficPolicy", spec));
      const again = normalizePolicy(object);
      assert.deepEqual(again.object, object);
      assert.ok(again.findings.every(({ code }) => code === "FL829"));
      assert.ok(findings.length >= again.findings.length);
      if (isObject(spec) && validate(spec, schema).length === 0)
        assert.deepEqual(validate(object["spec"]!, schema), []);
    }),
    { seed: 11, numRuns: 300 },
  );
});
