import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clone, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import * as fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { kindLoaders } from "../kinds/generated/index.ts";
import { dialects, originalPath, type Conversion } from "./dialects.ts";
import { appFields, containerFields, scalingFields, taskFields } from "./fields.ts";

function convert(kind: string, rest: JsonObject, options = {}): Conversion {
  return dialects.get(kind)!.convert({ apiVersion: "LummoKRM", kind, ...rest }, options);
}

const codes = (conversion: Conversion) => conversion.findings.map(({ code }) => code);
const find = (conversion: Conversion, code: string) => conversion.findings.find((finding) => finding.code === code);
const resources = { requests: { cpu: "100m" } };

describe("dialects", () => {
  it("read a LummoDeployment as an App named after spec.app", () => {
    const conversion = convert("LummoDeployment", {
      spec: {
        "part-of": "foobar",
        app: "foobar-api",
        containers: [
          {
            name: "foobar-api",
            image: "foobar",
            http: { port: "80" },
            grpc: { port: 81 },
            configs: ["a"],
            secrets: null,
            resources,
          },
        ],
        scaling: {
          minreplica: 1,
          maxreplica: "10",
          cpu: { target: "50" },
          memory: { target: 80 },
          pubsubTopic: { name: "q", size: "10000" },
        },
        reloader: true,
      },
    });
    assert.deepEqual(conversion.object, {
      apiVersion: "fairlead.dev/v1alpha1",
      kind: "App",
      metadata: { name: "foobar-api" },
      spec: {
        partOf: "foobar",
        containers: [
          { name: "foobar-api", image: "foobar", http: { port: 80 }, grpc: { port: 81 }, configs: ["a"], resources },
        ],
        reload: true,
        scaling: { min: 1, max: 10, cpu: 50, memory: 80, pubsub: [{ subscription: "q", size: 10000 }] },
      },
    });
    assert.deepEqual(codes(conversion), ["FL150"]);
    assert.match(
      conversion.findings[0]!.hint!,
      /kind: App.*spec\.part-of → spec\.partOf.*spec\.scaling\.minreplica → spec\.scaling\.min/,
    );
  });

  it("read one container written as a mapping, and give it the app's name", () => {
    const conversion = convert("LummoDeployment", { spec: { app: "a", containers: { image: "x", resources } } });
    assert.deepEqual(conversion.object["spec"], { containers: [{ name: "a", image: "x", resources }] });
    assert.deepEqual(originalPath(conversion.fields, ["spec", "containers", 0, "image"]), [
      "spec",
      "containers",
      "image",
    ]);
  });

  it("write unlimited resources where the predecessor had none, with a warning", () => {
    const conversion = convert("LummoJob", { spec: { app: "a", container: { image: "x", resources: null } } });
    assert.deepEqual(conversion.object["spec"], { containers: [{ name: "a", image: "x", resources: "unlimited" }] });
    assert.deepEqual(find(conversion, "FL154")!.field, ["spec", "container", "resources"]);
    assert.equal(find(conversion, "FL154")!.severity, "warning");
  });

  it("leave resources to the base when a container extends one", () => {
    const conversion = convert("LummoJob", { spec: { app: "a", container: { base: "python", command: ["x", 1] } } });
    assert.deepEqual(conversion.object["spec"], {
      containers: [{ name: "a", extends: "python", command: ["x", "1"] }],
    });
    assert.deepEqual(codes(conversion), ["FL150"]);
  });

  it("read a list of containers where names stand for LummoContainers", () => {
    const conversion = convert("LummoJob", {
      spec: {
        name: "daily",
        container: ["foo", { base: "foo", command: ["x"] }, { name: "foo-2", image: "y", resources }],
      },
    });
    assert.deepEqual(conversion.object["metadata"], { name: "daily" });
    assert.deepEqual(conversion.object["spec"], {
      containers: [
        { name: "foo", extends: "foo" },
        { name: "foo-3", extends: "foo", command: ["x"] },
        { name: "foo-2", image: "y", resources },
      ],
    });
    assert.deepEqual(codes(conversion), ["FL150"]);
  });

  it("leave a placeholder out and say so", () => {
    const conversion = convert("LummoDeployment", {
      spec: { app: "a", containers: [{ image: "x", ports: "...", resources }] },
    });
    assert.deepEqual(conversion.object["spec"], { containers: [{ name: "a", image: "x", resources }] });
    assert.deepEqual(find(conversion, "FL155")!.field, ["spec", "containers", 0, "ports"]);
  });

  it("report a field that nobody knows, with the field that was meant", () => {
    const conversion = convert("LummoDeployment", {
      spec: {
        app: "a",
        scalling: {},
        containers: [{ image: "x", htpp: { port: 80 }, resources }],
        scaling: { minreplicas: 1, maxreplica: 2 },
      },
      date: {},
    });
    const unknown = conversion.findings.filter(({ code }) => code === "FL152").map(({ field, hint }) => [field, hint]);
    assert.deepEqual(unknown, [
      [["spec", "containers", 0, "htpp"], "Did you mean http?"],
      [["spec", "scaling", "minreplicas"], "Did you mean minreplica?"],
      [["spec", "scalling"], "Did you mean scaling?"],
      [["date"], "Remove it, or correct its name."],
    ]);
    assert.deepEqual(conversion.object["spec"], {
      containers: [{ name: "a", image: "x", resources }],
      scaling: { max: 2 },
    });
  });

  it("take a field over that only the modern kind has, with a warning, but not in compat mode", () => {
    const value = { spec: { app: "a", replicas: 3, serviceAccountName: "b", containers: [] } };
    assert.deepEqual(convert("LummoDeployment", value).object["spec"], { replicas: 3, serviceAccountName: "b" });
    assert.deepEqual(codes(convert("LummoDeployment", value)), ["FL150", "FL153", "FL153"]);
    assert.deepEqual(convert("LummoDeployment", value, { compat: true }).object["spec"], {});
    const asked = { metadata: { annotations: { "fairlead.dev/compat": "krm-functions" } }, ...value };
    assert.deepEqual(convert("LummoDeployment", asked).object["spec"], {});
  });

  it("give a LummoRollout the predecessor's steps of its environment", () => {
    const strategy = { metrics: { datadog: { operation: "http.request", errorRPM: "5", p95latency: "500ms" } } };
    const prod = convert("LummoRollout", { spec: { app: "a", env: "prod", strategy } });
    assert.deepEqual((prod.object["spec"] as JsonObject)["rollout"], {
      steps: [{ weight: 30, pause: "5m" }, { weight: 60, pause: "10m" }, { weight: 100 }],
      analysis: { datadog: { operation: "http.request", errorRPM: 5, p95latency: "500ms" } },
    });
    assert.deepEqual(originalPath(prod.fields, ["spec", "rollout", "analysis", "datadog", "operation"]), [
      "spec",
      "strategy",
      "metrics",
      "datadog",
      "operation",
    ]);
    const none = convert("LummoRollout", { spec: { app: "a" } });
    assert.deepEqual((none.object["spec"] as JsonObject)["rollout"], { steps: [{ weight: 100 }] });
  });

  it("make a LummoDeployment with a strategy a rollout, as its README promised, but not in compat mode", () => {
    const value = { spec: { app: "a", strategy: {} } };
    assert.deepEqual(convert("LummoDeployment", value).object["spec"], { rollout: {} });
    assert.deepEqual(convert("LummoDeployment", value, { compat: true }).object["spec"], {});
    const own = { spec: { app: "a", strategy: { type: "Recreate" } } };
    assert.deepEqual(convert("LummoDeployment", own).object["spec"], { updateStrategy: { type: "Recreate" } });
    const argo = { spec: { app: "a", strategy: { blueGreen: { activeService: "a" } } } };
    assert.deepEqual(convert("LummoDeployment", argo).object["spec"], {
      rollout: { strategy: { blueGreen: { activeService: "a" } } },
    });
  });

  it("refuse a LummoCron without a schedule instead of running it once", () => {
    const conversion = convert("LummoCron", { spec: { app: "a", containers: [] } });
    assert.deepEqual(find(conversion, "FL156")!.field, ["spec", "schedule"]);
    assert.equal(find(conversion, "FL156")!.severity, "error");
  });

  it("keep a LummoJob with a schedule a Job, with a warning", () => {
    const conversion = convert("LummoJob", { spec: { app: "a", schedule: "* * * * *", generateNameSuffix: true } });
    assert.deepEqual(conversion.object["spec"], { uniqueName: true });
    assert.equal(find(conversion, "FL158")!.severity, "warning");
  });

  it("carry namespace, labels and annotations, and say when metadata.name is not the name", () => {
    const conversion = convert("LummoDeployment", {
      metadata: { name: "other", namespace: "shop", labels: { a: "b" }, annotations: { c: "d" } },
      spec: { app: "api" },
    });
    assert.deepEqual(conversion.object["metadata"], {
      namespace: "shop",
      labels: { a: "b" },
      annotations: { c: "d" },
      name: "api",
    });
    assert.match(find(conversion, "FL158")!.message, /"other".*"api"/);
    assert.deepEqual(conversion.findings[0]!.object, {
      apiVersion: "LummoKRM",
      kind: "LummoDeployment",
      namespace: "shop",
      name: "api",
    });
  });

  it("read a LummoContainer in each shape", () => {
    const container = { image: "x", configs: ["a"], resources };
    for (const spec of [container, { container }, { containers: [container] }, { containers: container }]) {
      const conversion = convert("LummoContainer", { metadata: { name: "base" }, spec });
      assert.deepEqual(conversion.object["metadata"], { name: "base" });
      assert.deepEqual(conversion.object["spec"], container);
      assert.deepEqual(codes(conversion), ["FL150"]);
    }
  });
});

const json: fc.Arbitrary<JsonValue> = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;
const words = [
  "app",
  "part-of",
  "env",
  "containers",
  "container",
  "scaling",
  "cpu",
  "memory",
  "target",
  "pubsubTopic",
  "name",
  "strategy",
  "metrics",
  "datadog",
  "canary",
  "http",
  "grpc",
  "port",
  "ports",
  "configs",
  "secrets",
  "resources",
  "base",
  "extends",
  "schedule",
  "monitoring",
  "prometheus",
  "topics",
  "subscriptions",
  "topic",
  "config",
  "routes",
  "match",
  "hosts",
  "domains",
  "vpn",
  "spec",
  "connectionSecret",
  "project",
  "prefix",
  "__proto__",
  "constructor",
  "image",
  "value",
  "reloader",
];
const shaped = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom<JsonValue>(null, 0, 80, "80", "", "x", true, "..."),
    fc.array(tie("value"), { maxLength: 3 }),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom(...words), tie("value")), { maxLength: 5, selector: ([key]) => key })
      .map((entries) => Object.fromEntries(entries) as JsonObject),
  ),
})).value;

describe("every dialect", () => {
  for (const [kind, dialect] of dialects) {
    it(`${kind}: takes any JSON, leaves it as it was, and is deterministic`, () => {
      fc.assert(
        fc.property(fc.oneof(json, shaped), fc.oneof(json, shaped), (metadata, spec) => {
          for (const value of [
            { kind, metadata, spec },
            { kind, data: spec },
            { kind, apiVersion: spec },
          ] as JsonObject[]) {
            const before = clone(value);
            const first = dialect.convert(value);
            assert.deepEqual(value, before);
            assert.deepEqual(dialect.convert(value), first);
            assert.equal(first.object["kind"], dialect.kind);
            assert.equal(first.findings[0]!.code, "FL150");
            for (const { field } of first.findings) assert.ok(field !== undefined);
          }
        }),
        runs(100),
      );
    });

    it(`${kind}: makes a kind that Fairlead has`, () => {
      assert.ok(Object.hasOwn(kindLoaders, dialect.kind));
    });
  }
});

describe("the fields that dialects take over", () => {
  it("are those of the kinds", async () => {
    const properties = async (kind: "App" | "Task") => (await kindLoaders[kind]()).spec.properties!;
    const app = await properties("App");
    assert.deepEqual([...appFields].sort(), Object.keys(app).sort());
    assert.deepEqual([...taskFields].sort(), Object.keys(await properties("Task")).sort());
    assert.deepEqual([...containerFields].sort(), Object.keys(app["containers"]!.items!.properties!).sort());
    assert.deepEqual([...scalingFields].sort(), Object.keys(app["scaling"]!.properties!).sort());
  });
});
