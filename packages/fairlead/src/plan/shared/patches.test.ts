import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { appSpec, planApp } from "../../../test/workloads/planning.ts";

const patched = (patch: object, target: object = { kind: "Deployment" }, more: object = {}) =>
  planApp(appSpec({ patches: [{ target, patch }], ...more }));

describe("patches", () => {
  test("merge lists by their keys, also in the pod template of a Rollout", () => {
    const patch = {
      spec: {
        template: {
          spec: {
            containers: [
              { name: "orders", tty: true },
              { name: "extra", image: "x" },
            ],
          },
        },
      },
    };
    for (const [kind, more] of [
      ["Deployment", {}],
      ["Rollout", { rollout: {} }],
    ] as const) {
      const { containers } = patched(patch, { kind }, more).template.spec;
      assert.deepEqual(
        containers.map(({ name, image, tty }) => [name, image, tty]),
        [
          ["orders", "registry.example/orders:1.4.2", true],
          ["extra", "x", undefined],
        ],
        kind,
      );
    }
  });

  test("delete by null", () => {
    const planned = patched({ spec: { template: { spec: { securityContext: null } } } });
    assert.equal(planned.template.spec["securityContext"], undefined);
  });

  test("apply in order, to the named object or to all of a kind", () => {
    const patches = [
      { target: { kind: "Service", name: "orders-1" }, patch: { spec: { type: "NodePort" } } },
      { target: { kind: "Service" }, patch: { metadata: { labels: { a: "b" } } } },
    ];
    const planned = planApp(appSpec({ services: [{}], patches }));
    assert.deepEqual(
      ["orders", "orders-1"]
        .map((name) => planned.one("Service", name))
        .map(({ spec, metadata }) => [spec["type"], metadata.labels?.["a"]]),
      [
        [undefined, "b"],
        ["NodePort", "b"],
      ],
    );
  });

  test("that match nothing are findings, with what was meant", () => {
    const [kind] = patched({}, { kind: "Deploymnt" }).findings;
    assert.equal(kind?.code, "FL235");
    assert.match(kind?.hint ?? "", /did you mean Deployment/);
    assert.deepEqual(kind?.field, ["spec", "patches", 0, "target"]);
    const [name] = patched({}, { kind: "Service", name: "order" }).findings;
    assert.match(name?.hint ?? "", /did you mean orders/);
  });

  const refused: [what: string, patch: JsonObject][] = [
    ["another name", { metadata: { name: "x" } }],
    ["another namespace", { metadata: { namespace: "x" } }],
    ["another kind", { kind: "StatefulSet" }],
    ["nothing", { $patch: "delete" }],
    ["no metadata", { metadata: null }],
  ];
  for (const [what, patch] of refused) {
    test(`cannot make ${what} of an object`, () => {
      const planned = patched(patch);
      assert.deepEqual(planned.codes, ["FL236"]);
      assert.equal(planned.one("Deployment").metadata.name, "orders");
    });
  }
});
