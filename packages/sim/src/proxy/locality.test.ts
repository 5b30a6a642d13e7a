import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { levelsOf, localityMatches } from "./locality.ts";
import type { MeshEndpoint } from "./mesh-table.ts";

const endpoint = (address: string, locality: string, labels = {}, weight = 1): MeshEndpoint => ({
  address,
  ports: {},
  locality,
  weight,
  labels,
});

const eu = endpoint("eu", "eu-west/a");
const us = endpoint("us", "us-east/a");
const ap = endpoint("ap", "ap-south");
const caller = { locality: "eu-west/a", labels: { "topology.kubernetes.io/region": "eu-west" } };

const names = (policy: JsonObject, endpoints = [eu, us, ap], from = caller) =>
  levelsOf(endpoints, from, policy).map((level) => level.map(({ endpoint: { address } }) => address).join("+"));
const outlierDetection = { consecutive5xxErrors: 5 };
const locality = (setting: JsonObject): JsonObject => ({
  outlierDetection,
  loadBalancer: { localityLbSetting: setting },
});

describe("the levels of endpoints", () => {
  test("are one without outlier detection: nobody would see that one is out", () => {
    assert.deepEqual(names({}), ["eu+us+ap"]);
    assert.deepEqual(names({ loadBalancer: { localityLbSetting: { failoverPriority: ["x"] } } }), ["eu+us+ap"]);
  });

  test("follow the distance from the caller with it, without gaps", () => {
    assert.deepEqual(names({ outlierDetection }), ["eu", "us+ap"]);
    assert.deepEqual(names({ outlierDetection }, [us, ap]), ["us+ap"]);
    const zone = endpoint("eu-b", "eu-west/b");
    assert.deepEqual(names({ outlierDetection }, [zone, eu, us]), ["eu", "eu-b", "us"]);
  });

  test("follow failover between regions", () => {
    assert.deepEqual(names(locality({ failover: [{ from: "eu-west", to: "ap-south" }] })), ["eu", "ap", "us"]);
  });

  test("are one where localities do not count", () => {
    assert.deepEqual(names(locality({ enabled: false })), ["eu+us+ap"]);
  });

  test("follow labels in order, those of the caller or those that are written", () => {
    assert.deepEqual(names(locality({ failoverPriority: ["topology.kubernetes.io/region"] })), ["eu", "us+ap"]);
    const tiers = [
      endpoint("first", "us-east", { t1: "1", t2: "1" }),
      endpoint("second", "eu-west", { t1: "1" }),
      endpoint("last", "ap-south"),
    ];
    assert.deepEqual(names(locality({ failoverPriority: ["t1=1", "t2=1"] }), tiers), ["first", "second", "last"]);
  });

  test("hold who is named by distribute alone, with their weights", () => {
    const distribute = [{ from: "eu-west/*", to: { "us-east": 90, "eu-west": 10 } }];
    const [level] = levelsOf([eu, us, ap], caller, locality({ distribute }));
    assert.deepEqual(
      level!.map(({ endpoint: { address }, weight }) => [address, weight]),
      [
        ["us", 90],
        ["eu", 10],
      ],
    );
    assert.deepEqual(names(locality({ distribute: [{ from: "us-east/*", to: { "us-east": 100 } }] })), ["eu+us+ap"]);
  });

  test("share the weight of a locality by the weights of its endpoints", () => {
    const two = [endpoint("a", "us-east", {}, 3), endpoint("b", "us-east", {}, 1)];
    const [level] = levelsOf(two, caller, locality({ distribute: [{ from: "*", to: { "us-east": 100 } }] }));
    assert.deepEqual(
      level!.map(({ weight }) => weight),
      [75, 25],
    );
  });
});

test("a pattern's missing end matches any zone", () => {
  for (const pattern of ["*", "eu-west", "eu-west/*", "eu-west/a", "eu-west/a/*"]) {
    assert.equal(localityMatches(pattern, "eu-west/a/x"), true, pattern);
  }
  assert.equal(localityMatches("eu-west/b", "eu-west/a"), false);
  assert.equal(localityMatches("eu", "eu-west"), false);
});
