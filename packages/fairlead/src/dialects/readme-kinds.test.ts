import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { dialectOf, dialects, originalPath, type Conversion } from "./dialects.ts";

function convert(kind: string, rest: JsonObject, options = {}): Conversion {
  return dialects.get(kind)!.convert({ kind, ...rest }, options);
}
const codes = (conversion: Conversion) => conversion.findings.map(({ code }) => code);

describe("LummoNetworking", () => {
  const routes = [{ match: "Path(`/hello`)", vpn: true }, { match: "Path(`/world`)" }];

  it("is a Route, with spec and domains as with data and hosts", () => {
    const spec = { app: "server", hosts: ["a.test.com"], routes, grpc: true };
    const readme = convert("LummoNetworking", {
      metadata: { name: "test" },
      spec: { app: "server", grpc: true, domains: ["a.test.com"], routes },
    });
    assert.deepEqual(readme.object["spec"], spec);
    assert.deepEqual(readme.object["metadata"], { name: "test" });
    assert.deepEqual(originalPath(readme.fields, ["spec", "hosts", 0]), ["spec", "domains", 0]);
    const code = convert("LummoNetworking", { data: { app: "server", grpc: "true", hosts: "a.test.com", routes } });
    assert.deepEqual(code.object["spec"], spec);
    assert.deepEqual(code.object["metadata"], { name: "server" });
    assert.deepEqual(originalPath(code.fields, ["spec", "routes", 1, "match"]), ["data", "routes", 1, "match"]);
  });

  it("is named after its app in compat mode, with the predecessor's host for gRPC", () => {
    const conversion = convert(
      "LummoNetworking",
      { metadata: { name: "test" }, data: { app: "a", grpc: true } },
      { compat: true },
    );
    assert.deepEqual(conversion.object["metadata"], { name: "a" });
    assert.deepEqual((conversion.object["spec"] as JsonObject)["grpc"], {
      hosts: ["a.internal.bukukas.k8s"],
      internal: true,
      tls: false,
    });
  });

  it("refuses a rule without match, which would take every request", () => {
    for (const rule of [{}, { match: "" }, { vpn: true }]) {
      const conversion = convert("LummoNetworking", { data: { app: "a", hosts: ["x"], routes: [rule] } });
      const finding = conversion.findings.find(({ code }) => code === "FL156")!;
      assert.deepEqual(finding.field, ["data", "routes", 0, "match"]);
    }
  });
});

describe("topics and subscriptions", () => {
  it("have a name without metadata: that of the first item", () => {
    const conversion = convert("LummoTopic", { spec: { prefix: "dev-", topics: ["topicA", "topicB"] } });
    assert.deepEqual(conversion.object["metadata"], { name: "dev-topica" });
    assert.deepEqual(conversion.object["spec"], { prefix: "dev-", topics: ["topicA", "topicB"] });
  });

  it("take the branch's shape: names with their own config, topicRef, ordering", () => {
    const topic = convert("PubsubTopic", {
      metadata: { name: "t" },
      spec: { prefix: "p-", topics: [{ name: "a", config: { messageRetentionDuration: 86400 } }, { name: "b" }] },
    });
    assert.deepEqual((topic.object["spec"] as JsonObject)["topics"], [
      { name: "a", config: { messageRetentionDuration: "86400s" } },
      { name: "b" },
    ]);
    const subscription = convert("PubsubSubscription", {
      metadata: { name: "s" },
      spec: {
        subscriptions: [
          {
            name: "x",
            topicRef: "a",
            config: { ackDeadlineSeconds: "20", ttl: "2678400s", enableMessageOrdering: true, filter: "f" },
          },
          { name: "x.dlx", topicRef: "a.dlx" },
        ],
      },
    });
    assert.deepEqual((subscription.object["spec"] as JsonObject)["subscriptions"], [
      {
        topic: "a",
        subscription: "x",
        config: { ackDeadlineSeconds: 20, ttl: "2678400s", filter: "f", ordering: true },
      },
      { topic: "a.dlx", subscription: "x.dlx", deadLetter: false },
    ]);
    assert.deepEqual(originalPath(subscription.fields, ["spec", "subscriptions", 0, "config", "ordering"]), [
      "spec",
      "subscriptions",
      0,
      "config",
      "enableMessageOrdering",
    ]);
  });

  it("choose the predecessor's project by env in compat mode only", () => {
    const value = { metadata: { name: "t" }, spec: { env: "prod", topics: [{ name: "a" }] } };
    const project = (options: object) =>
      (convert("PubsubTopic", value, options).object["spec"] as JsonObject)["project"];
    assert.equal(project({ compat: true }), "tokko-production");
    assert.equal(project({}), undefined);
    assert.deepEqual(codes(convert("PubsubTopic", value)), ["FL150", "FL158"]);
  });
});

describe("pgbouncer", () => {
  it("is a ConnectionPool, with the README's nested spec and numbers in config", () => {
    const conversion = convert("pgbouncer", {
      metadata: { name: "tokko-api-pgbouncer" },
      spec: {
        app: "foobar-api",
        "part-of": "foobar",
        spec: { connectionSecret: "creds", config: { POOL_SIZE: 100, X: true } },
      },
    });
    assert.deepEqual(conversion.object, {
      apiVersion: "fairlead.dev/v1alpha1",
      kind: "ConnectionPool",
      metadata: { name: "tokko-api-pgbouncer" },
      spec: { app: "foobar-api", partOf: "foobar", connectionSecret: "creds", config: { POOL_SIZE: 100, X: "true" } },
    });
    assert.deepEqual(codes(conversion), ["FL150"]);
    assert.deepEqual(originalPath(conversion.fields, ["spec", "config", "X"]), ["spec", "spec", "config", "X"]);
  });

  it("is named after part-of in compat mode, or without metadata", () => {
    const value = { spec: { app: "a", "part-of": "p", connectionSecret: "c" } };
    assert.deepEqual(convert("pgbouncer", value).object["metadata"], { name: "p-pgbouncer" });
    const named = { metadata: { name: "n" }, ...value };
    assert.deepEqual(convert("pgbouncer", named, { compat: true }).object["metadata"], { name: "p-pgbouncer" });
  });

  it("needs a connectionSecret", () => {
    assert.ok(codes(convert("pgbouncer", { spec: { "part-of": "p" } })).includes("FL156"));
  });
});

describe("LummoIAM", () => {
  it("keeps the ServiceAccount's name and namespace", () => {
    const conversion = convert("LummoIAM", { spec: { name: "api", env: "dev", project: "p" } });
    assert.deepEqual(conversion.object["metadata"], { name: "dev-api", namespace: "dev" });
    assert.deepEqual(conversion.object["spec"], { project: "p" });
  });
});

describe("dialectOf", () => {
  it("takes any apiVersion but another group with a domain", () => {
    for (const apiVersion of [undefined, 3, "", "v1", "LummoKRM", "lummoKRM/v1", "krm/v1", "apps/v1"]) {
      assert.equal(dialectOf(apiVersion, "PubsubTopic")?.kind, "Topic");
    }
    assert.equal(dialectOf("messaging.example.com/v1", "PubsubTopic"), undefined);
    assert.equal(dialectOf("pubsub.cnrm.cloud.google.com/v1beta1", "PubSubTopic"), undefined);
    assert.equal(dialectOf("config.example.com/v1", "LummoJob")?.kind, "Task");
    assert.equal(dialectOf("v1", "toString"), undefined);
  });
});
