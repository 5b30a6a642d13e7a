import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { prune, structuralProblems, validate, type JsonObject, type Schema } from "@fairlead/apimachinery";
import { checkRules } from "@fairlead/apimachinery/cel";
import { admiralKind, admiralKinds } from "../kinds/admiral/admiral-kinds.ts";
import { admiralCrdOf } from "./admiral-crd.ts";

interface CrdSpec {
  names: { shortNames: string[] };
  versions: {
    schema: { openAPIV3Schema: Schema };
    subresources: JsonObject;
    additionalPrinterColumns: { name: string }[];
  }[];
}

function schemaOf(kind: string): Schema {
  return versionOf(kind).schema.openAPIV3Schema;
}

function versionOf(kind: string) {
  return (admiralCrdOf(admiralKind(kind)!)["spec"] as unknown as CrdSpec).versions[0]!;
}

for (const { kind, example } of admiralKinds) {
  describe(`the CustomResourceDefinition of ${kind}`, () => {
    test("is structural", () => assert.deepEqual(structuralProblems(schemaOf(kind)), []));

    test("has a status of its own, and says in columns what became of an object", () => {
      const { subresources, additionalPrinterColumns } = versionOf(kind);
      assert.deepEqual(subresources, { status: {} });
      assert.ok(
        ["Accepted", "Reason", "Age"].every((name) => additionalPrinterColumns.some((one) => one.name === name)),
      );
    });

    test("accepts its example, with a status", () => {
      const status = {
        observedGeneration: 2,
        conditions: [
          {
            type: "Accepted",
            status: "True",
            observedGeneration: 2,
            lastTransitionTime: "2026-01-01T00:00:00Z",
            reason: "Applied",
            message: "",
          },
        ],
        hosts: ["prd.orders.global"],
        clusters: [{ name: "eu-1", state: "Written", message: "", hosts: ["prd.orders.global"] }],
      };
      const object = { ...example, status };
      assert.deepEqual(validate(object, schemaOf(kind), { resource: true }), []);
      assert.deepEqual(checkRules(example["spec"]!, schemaOf(kind).properties!["spec"]!), []);
    });

    test("describes every field", () => {
      const missing: string[] = [];
      const visit = (schema: Schema, path: string): void => {
        if (schema.description === undefined) missing.push(path);
        for (const [name, child] of Object.entries(schema.properties ?? {})) visit(child, `${path}.${name}`);
        if (schema.items?.properties !== undefined) visit(schema.items, `${path}[]`);
      };
      visit(schemaOf(kind).properties!["spec"]!, "spec");
      assert.deepEqual(missing, []);
    });
  });
}

/** Objects that the predecessor's own definitions accept: as its samples, its programs and its README write them. */
const accepted: readonly (readonly [what: string, kind: string, body: JsonObject])[] = [
  [
    "a policy with the numbers of its enumeration",
    "GlobalTrafficPolicy",
    {
      spec: {
        policy: [
          {
            dns: "default.greeting.global",
            lbType: 1,
            target: [
              { region: "us-west-2", weight: 100 },
              { region: "us-east-2", weight: 0 },
            ],
          },
        ],
      },
    },
  ],
  [
    "a policy with names, as the README has it",
    "GlobalTrafficPolicy",
    { spec: { policy: [{ dnsPrefix: "default", lbtype: "TOPOLOGY" }] } },
  ],
  [
    "a policy with its own outlier detection",
    "GlobalTrafficPolicy",
    {
      spec: {
        policy: [
          {
            dnsPrefix: "west",
            lbType: 0,
            outlier_detection: { base_ejection_time: 180, consecutive_gateway_errors: 100, interval: 60 },
          },
        ],
        selector: { identity: "a", env: "prd" },
      },
    },
  ],
  [
    "numbers that mean nothing",
    "GlobalTrafficPolicy",
    { spec: { policy: [{ lbType: 7, target: [{ region: "", weight: -5 }] }] } },
  ],
  ["the status that its programs send", "GlobalTrafficPolicy", { spec: {}, status: { clustersSynced: 0, state: "" } }],
  ["an empty Dependency", "Dependency", { spec: {}, status: { clustersSynced: 1, state: "ok" } }],
  ["a Dependency", "Dependency", { spec: { source: "a", identityLabel: "identity", destinations: ["b"] } }],
  [
    "an outlier detection",
    "OutlierDetection",
    {
      spec: {
        outlier_config: { base_ejection_time: 180, consecutive_gateway_errors: 100, interval: 60 },
        selector: { identity: "a" },
      },
    },
  ],
  [
    "the enumeration of a connection's upgrade as a number",
    "ClientConnectionConfig",
    {
      spec: {
        connectionPool: {
          http: { h2UpgradePolicy: 2, useClientProtocol: true },
          tcp: { tcpKeepalive: { probes: 3, time: "1s", interval: "1s" } },
        },
        tunnel: { protocol: "CONNECT", targetHost: "h", targetPort: 443 },
      },
    },
  ],
  [
    "a routing policy",
    "RoutingPolicy",
    { spec: { plugin: "greeting", hosts: ["qal.greeting.mesh"], config: { cachettlSec: "86400" } } },
  ],
  [
    "a proxy",
    "DependencyProxy",
    {
      spec: { destination: { identity: "a", dns_prefixes: ["x"], dns_suffix: "xyz" }, proxy: { identity: "gw" } },
      status: { state: "" },
    },
  ],
  ["a traffic configuration without spec", "TrafficConfig", {}],
  [
    "a traffic configuration with what its types have beyond its definition",
    "TrafficConfig",
    {
      spec: {
        workloadEnvs: ["e2e"],
        edgeService: {
          slowStartConfig: [{ workloadEnvSelectors: ["e2e"], duration: "60s" }],
          routes: [
            { name: "all", inbound: "/*", timeout: 5000, config: [{ targetGroupSelector: "g", targetSelector: "t" }] },
          ],
          unheardOf: { a: [1] },
        },
        quotaGroup: {
          totalQuotaGroups: [
            {
              name: "t",
              quotas: [
                {
                  name: "q",
                  maxAmount: 200,
                  methods: ["GET"],
                  headers: [{ name: "n", value: "v", condition: "EQUALS" }],
                  more: 1,
                },
              ],
              adaptiveConcurrency: { enabled: true },
            },
          ],
        },
      },
      status: {
        message: "",
        lastAppliedConfigVersion: "",
        lastUpdateTime: "2026-01-01T00:00:00Z",
        status: true,
        disabled: false,
      },
    },
  ],
];

describe("what the predecessor's definitions accept", () => {
  for (const [what, kind, body] of accepted) {
    test(`${what} is accepted, and nothing of it is dropped`, () => {
      const object: JsonObject = {
        apiVersion: "admiral.io/v1alpha1",
        kind,
        metadata: { name: "x", namespace: "y" },
        ...body,
      };
      assert.deepEqual(validate(object, schemaOf(kind), { resource: true }), []);
      assert.deepEqual(prune(object, schemaOf(kind), { resource: true }).removed, []);
    });
  }
});
