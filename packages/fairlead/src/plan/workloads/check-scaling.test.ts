import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { appSpec, container, planApp } from "../../../test/workloads/planning.ts";

interface Case {
  readonly what: string;
  readonly scaling: object;
  readonly code: string;
  readonly says: RegExp;
  readonly field?: readonly (string | number)[];
}

const authentication = "x";

describe("findings about scaling", () => {
  const cases: readonly Case[] = [
    {
      what: "a minimum above the maximum",
      scaling: { min: 5, max: 1, cpu: 50 },
      code: "FL212",
      says: /min 5 is above max 1/,
      field: ["min"],
    },
    {
      what: "an idle count that is not below the minimum",
      scaling: { idle: 2, min: 1, cpu: 50 },
      code: "FL212",
      says: /idle 2/,
      field: ["idle"],
    },
    {
      what: "an idle count that KEDA cannot hold",
      scaling: { idle: 1, min: 2, cpu: 50 },
      code: "FL212",
      says: /no other idle count/,
    },
    { what: "no trigger", scaling: {}, code: "FL213", says: /no trigger/, field: [] },
    {
      what: "zero replicas measured by their cpu",
      scaling: { min: 0, cpu: 50 },
      code: "FL216",
      says: /cannot be measured/,
      field: ["min"],
    },
    {
      what: "idle pods measured by their memory",
      scaling: { idle: 0, memory: 50 },
      code: "FL216",
      says: /memory/,
      field: ["idle"],
    },
    {
      what: "a pubsub trigger without a target",
      scaling: { pubsub: [{ subscription: "s", authentication }] },
      code: "FL214",
      says: /none of size/,
    },
    {
      what: "a pubsub trigger with two targets",
      scaling: { pubsub: [{ subscription: "s", size: 1, maxAge: "1m", authentication }] },
      code: "FL214",
      says: /size and maxAge/,
    },
    {
      what: "a size that is no number",
      scaling: { pubsub: [{ subscription: "s", size: "many", authentication }] },
      code: "FL214",
      says: /many/,
      field: ["pubsub", 0, "size"],
    },
    {
      what: "a rabbitmq trigger without a target",
      scaling: { rabbitmq: [{ queue: "q", authentication }] },
      code: "FL214",
      says: /neither size nor rate/,
    },
    {
      what: "a rate over AMQP",
      scaling: { rabbitmq: [{ queue: "q", rate: 1, protocol: "amqp", authentication }] },
      code: "FL214",
      says: /management API/,
    },
    {
      what: "a rabbitmq trigger without credentials",
      scaling: { rabbitmq: [{ queue: "q", size: 1 }] },
      code: "FL218",
      says: /TriggerAuthentication/,
    },
    {
      what: "an impossible schedule",
      scaling: { cron: [{ start: "0 25 * * *", end: "0 8 * * *", replicas: 1 }] },
      code: "FL238",
      says: /0 25/,
      field: ["cron", 0, "start"],
    },
    {
      what: "a schedule that ends when it starts",
      scaling: { cron: [{ start: "0 8 * * *", end: "0 8 * * *", replicas: 1 }] },
      code: "FL214",
      says: /same/,
    },
    {
      what: "an unknown time zone",
      scaling: { cron: [{ start: "0 8 * * *", end: "0 9 * * *", timezone: "Mars", replicas: 1 }] },
      code: "FL239",
      says: /Mars/,
    },
    { what: "a raw trigger without a type", scaling: { triggers: [{ metadata: {} }] }, code: "FL214", says: /no type/ },
  ];
  for (const { what, scaling, code, says, field } of cases) {
    test(what, () => {
      const { findings } = planApp(appSpec({ scaling: { max: 10, ...scaling } }));
      assert.deepEqual(
        findings.map((finding) => finding.code),
        [code],
      );
      assert.match(findings[0]!.message, says);
      if (field !== undefined) assert.deepEqual(findings[0]!.field, ["spec", "scaling", ...field]);
    });
  }

  test("a request that utilisation needs and a container lacks", () => {
    const containers = [container({ http: { port: 80 } }), container({ name: "proxy", resources: "unlimited" })];
    const { findings } = planApp(appSpec({ containers, scaling: { max: 2, cpu: 50 } }));
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["FL231"],
    );
    assert.match(findings[0]!.message, /proxy/);
    assert.deepEqual(findings[0]!.field, ["spec", "containers", 1, "resources"]);
  });

  test("zero replicas are fine when a queue wakes them", () => {
    const pubsub = [{ subscription: "s", size: 1, authentication }];
    assert.deepEqual(planApp(appSpec({ scaling: { min: 0, max: 2, cpu: 50, pubsub } })).codes, []);
  });
});
