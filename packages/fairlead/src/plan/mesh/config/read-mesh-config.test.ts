import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import { parseStream, type Finding } from "@fairlead/krm";
import fc from "fast-check";
import { admiralSettings, defaultSettings } from "../model/presets.ts";
import { chooseMeshConfig, readMeshConfig, readMeshConfigSpec } from "./read-mesh-config.ts";
import { defaultRegistry } from "./registry-settings.ts";

const config = (spec: JsonObject, name = "mesh", createdAt = "2026-01-01T00:00:00Z") => ({
  apiVersion: "fairlead.dev/v1alpha1",
  kind: "MeshConfig",
  metadata: { name, namespace: "fairlead-mesh", creationTimestamp: createdAt },
  spec,
});

const short = ({ code, severity, message }: Finding) => `${code} ${severity} ${message}`;

describe("what a MeshConfig says", () => {
  test("nothing: the presets hold", () => {
    assert.deepEqual(readMeshConfig(), { settings: defaultSettings, registry: defaultRegistry, findings: [] });
    assert.deepEqual(readMeshConfig(config({ compat: "admiral" })).settings, admiralSettings);
  });

  test("what is said of a cluster goes where planners look for it", () => {
    const { settings, findings } = readMeshConfig(
      config({
        clusters: [
          { name: "eu-1", region: "eu-west-1", network: "n1", trustDomain: "eu.example", paused: true },
          { name: "us-1", gateway: { address: "gw.example.", port: 443, selector: { app: "nlb" } } },
          { name: "ap-1", gateway: { selector: { app: "nlb" } } },
        ],
      }),
    );
    assert.deepEqual(findings, []);
    const nothing = { region: undefined, zones: undefined, network: undefined, trustDomain: undefined };
    const more = { domain: undefined, gatewayAddress: undefined, gatewayPort: undefined, paused: false };
    assert.deepEqual(settings.clusters, {
      "eu-1": { ...nothing, ...more, region: "eu-west-1", network: "n1", trustDomain: "eu.example", paused: true },
      "us-1": { ...nothing, ...more, gatewayAddress: "gw.example.", gatewayPort: 443 },
    });
    assert.deepEqual(settings.gateways.overrides, { "us-1": { app: "nlb" }, "ap-1": { app: "nlb" } });
  });

  test("durations and sizes are numbers to planners; 0s is no warm-up", () => {
    const { settings, registry, findings } = readMeshConfigSpec({
      traffic: { warmup: "0s", outlierDetection: { interval: "1m30s" } },
      addresses: { quarantine: "48h" },
      registry: { syncPeriod: "10m", limits: { listSize: "1Gi" } },
    });
    assert.deepEqual(findings, []);
    assert.equal(settings.traffic.warmupSeconds, undefined);
    assert.equal(settings.traffic.outlier.intervalSeconds, 90);
    assert.equal(settings.addresses.quarantineSeconds, 172_800);
    assert.equal(registry.syncSeconds, 600);
    assert.equal(registry.limits.listBytes, 2 ** 30);
  });

  test("identities have no case", () => {
    const { settings } = readMeshConfigSpec({ suspended: ["Orders"], names: { suffix: "Mesh" } });
    assert.deepEqual(settings.suspended, ["orders"]);
    assert.equal(settings.names.suffix, "mesh");
  });

  test("names of clusters are foreign: __proto__ is one like any other", () => {
    const spec = JSON.parse('{"clusters":[{"name":"__proto__","region":"r"}]}') as JsonObject;
    const { settings } = readMeshConfigSpec(spec);
    assert.deepEqual(Object.keys(settings.clusters), ["__proto__"]);
    assert.equal(Object.getPrototypeOf(settings.clusters), Object.prototype);
  });
});

describe("what a MeshConfig says wrongly is a finding, and the preset holds", () => {
  const cases: readonly (readonly [what: string, spec: JsonValue, ...findings: string[]])[] = [
    ["an unknown field", { names: { sufix: "x" } }, 'FL821 error names: unknown field "sufix"'],
    [
      "a wrong type",
      { gateways: { port: "15443" } },
      'FL820 error gateways.port: expected integer, found string "15443"',
    ],
    [
      "a value that is none of those allowed",
      { workloads: { ports: "every" } },
      'FL820 error workloads.ports: expected one of all, first, found string "every"',
    ],
    ["no object", "global", 'FL820 error expected an object, found string "global"'],
    [
      "a cluster without a name",
      { clusters: [{ region: "r" }] },
      'FL820 error clusters[0]: required field "name" is missing',
    ],
    [
      "a template without identity",
      { names: { template: "{env}.{suffix}" } },
      "FL820 error names.template: without {identity} all services would have one name",
    ],
    [
      "a placeholder that stands for nothing",
      { names: { template: "{identity}.{region}" } },
      "FL820 error names.template: {region} stands for nothing: the template knows {env}, {identity}, {suffix}",
    ],
    [
      "a selector that selects everything",
      { gateways: { selectors: [{}] } },
      "FL820 error gateways.selectors[0]: an empty selector is no gateway's",
    ],
    [
      "an interval of nothing",
      { traffic: { outlierDetection: { interval: "0s" } } },
      "FL820 error traffic.outlierDetection.interval: must be more than 0s",
    ],
    [
      "a gateway without namespace",
      { routing: { ingress: { gateways: ["gw"] } } },
      "FL820 error routing.ingress.gateways[0]: a Gateway is named as NAMESPACE/NAME",
    ],
    [
      "a range that is none",
      { addresses: { ranges: ["240.0.0.0"] } },
      'FL820 error addresses.ranges[0]: expected a CIDR such as 10.0.0.0/8, found string "240.0.0.0"',
    ],
  ];
  for (const [what, spec, ...findings] of cases) {
    test(what, () => {
      const reading = readMeshConfigSpec(spec);
      assert.deepEqual(reading.findings.map(short), findings);
      assert.deepEqual(reading.settings, defaultSettings);
      assert.deepEqual(reading.registry, defaultRegistry);
    });
  }

  test("a namespace, a label key, a suffix and a host name are what Kubernetes takes for one", () => {
    const { findings } = readMeshConfigSpec({
      syncNamespace: "Mesh",
      names: { suffix: "not_one" },
      workloads: { identityKey: "a b", partitionKey: "" },
      clusters: [{ name: "x", gateway: { address: "gw:15443", selector: { "b b": "?" } } }],
    });
    assert.deepEqual(
      findings.map(({ field }) => field!.join(".")),
      [
        "syncNamespace",
        "names.suffix",
        "workloads.identityKey",
        "clusters.0.gateway.address",
        "clusters.0.gateway.selector.b b",
        "clusters.0.gateway.selector.b b",
      ],
    );
  });

  test("one bad item of a list leaves the others", () => {
    const { settings, findings } = readMeshConfigSpec({ workloads: { sources: ["Deployment", "Deploymnt"] } });
    assert.equal(findings.length, 1);
    assert.deepEqual(settings.discovery.sourceKinds, ["Deployment"]);
  });

  test("it is told where it stands, and what was probably meant", () => {
    const text =
      "# mesh\napiVersion: fairlead.dev/v1alpha1\nkind: MeshConfig\nmetadata: {name: mesh}\nspec:\n  names:\n    sufix: x\n";
    const [document] = parseStream(text, { file: "mesh.yaml" }).documents;
    const [finding] = readMeshConfig(document!.value, document).findings;
    assert.deepEqual([finding!.file, finding!.line, finding!.column], ["mesh.yaml", 7, 5]);
    assert.equal(finding!.hint, "did you mean `suffix`?");
    assert.deepEqual(finding!.field, ["spec", "names", "sufix"]);
    assert.deepEqual(finding!.object, { apiVersion: "fairlead.dev/v1alpha1", kind: "MeshConfig", name: "mesh" });
  });

  test("a field beside spec is told too", () => {
    const { spec, ...rest } = config({ names: { suffix: "mesh" } });
    const { findings } = readMeshConfig({ ...rest, specs: spec });
    assert.deepEqual(
      findings.map((finding) => [short(finding), finding.hint]),
      [['FL821 error unknown field "specs"', "did you mean `spec`?"]],
    );
  });

  test("another kind is not read as one without a word", () => {
    const { findings } = readMeshConfig({ ...config({}), kind: "Environment" });
    assert.deepEqual(findings.map(short), [
      "FL820 error a MeshConfig of fairlead.dev/v1alpha1 is expected, this is Environment",
    ]);
  });
});

describe("values that do not go together", () => {
  const cases: readonly (readonly [spec: JsonObject, finding: string])[] = [
    [
      { addresses: { ranges: ["240.0.0.0/16", "241.0.0.0/16"] } },
      "FL822 error addresses.ranges: two ranges are of one address family",
    ],
    [
      { addresses: { allocation: "counter", shards: 1, ranges: ["fd00::/64"] } },
      "FL822 error addresses.ranges: allocation: counter counts within one IPv4 range of 16 bits",
    ],
    [{ addresses: { allocation: "counter" } }, "FL822 error addresses.shards: allocation: counter keeps one store"],
    [
      { workloads: { clients: ["Job", "DaemonSet"] } },
      "FL822 error workloads.clients: DaemonSet: sources and clients name it",
    ],
    [{ routing: { ingress: { enabled: true } } }, "FL822 error routing.ingress: routes in a gateway need `gateways`"],
    [
      { traffic: { subjectNames: { from: "prefix" } } },
      "FL822 error traffic.subjectNames: from: prefix needs a `prefix`",
    ],
    [{ compat: "admiral", output: "ambient" }, "FL822 error output: the predecessor knows no ambient meshes"],
    [
      { output: "ambient", filters: { enabled: true } },
      "FL822 error filters.enabled: there are no EnvoyFilters in an ambient mesh",
    ],
    [
      { compat: "admiral", exportTo: { maxNamespaces: 10 } },
      "FL822 warning exportTo.maxNamespaces: maxNamespaces has no effect: exportTo is not enabled",
    ],
    [
      { addresses: { source: "istio", shards: 4 } },
      "FL822 warning addresses.shards: shards has no effect: addresses come from source: istio",
    ],
    [
      { names: { additionalSuffixes: ["mesh"] } },
      "FL822 warning names.additionalSuffixes: additionalSuffixes has no effect: additionalSuffixLabels names no workload",
    ],
  ];
  for (const [spec, finding] of cases) {
    test(finding, () => assert.deepEqual(readMeshConfigSpec(spec).findings.map(short), [finding]));
  }

  test("the presets do", () => {
    assert.deepEqual(readMeshConfigSpec({}).findings, []);
    assert.deepEqual(readMeshConfigSpec({ compat: "admiral" }).findings, []);
  });
});

test("any JSON is read: complete settings, never an exception", () => {
  const nearly = fc.dictionary(
    fc.constantFrom(
      "names",
      "traffic",
      "clusters",
      "registry",
      "exportTo",
      "gateways",
      "addresses",
      "__proto__",
      "routing",
    ),
    fc.jsonValue({ maxDepth: 4 }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), nearly), (value) => {
      const { settings, registry } = readMeshConfig(config(value as JsonObject));
      assert.deepEqual(Object.keys(settings).sort(), Object.keys(defaultSettings).sort());
      assert.deepEqual(Object.keys(registry).sort(), Object.keys(defaultRegistry).sort());
      readMeshConfig(value as JsonValue);
    }),
    { seed: 8, numRuns: 120 },
  );
});

test("a spec with very many problems is reported in part and not read", () => {
  const { settings, findings } = readMeshConfigSpec({
    names: { suffix: "mesh" },
    suspended: Array.from({ length: 20_000 }, () => 1),
  });
  assert.ok(findings.length > 0 && findings.length <= 100);
  assert.deepEqual(settings, defaultSettings);
});

test("of several MeshConfigs the oldest counts, and the others are told that they do not", () => {
  const young = config({}, "a", "2026-03-01T00:00:00Z");
  const old = config({}, "b", "2026-02-01T00:00:00Z");
  const other = { ...config({}, "c"), kind: "App" };
  for (const objects of [
    [young, old, other],
    [old, other, young],
  ]) {
    const { chosen, findings } = chooseMeshConfig(objects);
    assert.equal(chosen, old);
    assert.deepEqual(findings.map(short), [
      "FL823 warning MeshConfig fairlead-mesh/a has no effect: fairlead-mesh/b is the one that counts",
    ]);
  }
  assert.deepEqual(chooseMeshConfig([]), { chosen: undefined, findings: [] });
});
