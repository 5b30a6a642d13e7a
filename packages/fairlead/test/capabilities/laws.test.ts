/** What holds for every planner of routes, messaging, pools and identities, whatever is declared. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { definition, formatProblem, validate, type JsonValue } from "@fairlead/apimachinery";
import type { FindingTable } from "@fairlead/krm";
import { runs } from "../../../../scripts/runs.ts";
import { kind as cloudIdentity } from "../../src/kinds/generated/cloud-identity.ts";
import { kind as connectionPool } from "../../src/kinds/generated/connection-pool.ts";
import { kind as route } from "../../src/kinds/generated/route.ts";
import { kind as subscription } from "../../src/kinds/generated/subscription.ts";
import { kind as topic } from "../../src/kinds/generated/topic.ts";
import { cloudIdentityPlanner } from "../../src/plan/access/cloud-identity.ts";
import { accessFinding } from "../../src/plan/access/findings.ts";
import { connectionPoolPlanner } from "../../src/plan/data/connection-pool.ts";
import { dataFinding } from "../../src/plan/data/findings.ts";
import type { Declaration } from "../../src/plan/declaration.ts";
import { messagingFinding } from "../../src/plan/messaging/findings.ts";
import { subscriptionPlanner } from "../../src/plan/messaging/subscription.ts";
import { topicPlanner } from "../../src/plan/messaging/topic.ts";
import type { Planner } from "../../src/plan/planner.ts";
import { routeFinding } from "../../src/plan/routes/findings.ts";
import { routePlanner } from "../../src/plan/routes/route.ts";
import { problemsOf, testSameForSame } from "../support/laws.ts";
import { anything, spoiled } from "../workloads/arbitraries.ts";
import { appSpec, container, declare, worldOf } from "../workloads/planning.ts";
import { environments, reversed, surroundings, valuesOf } from "./arbitraries.ts";

const capabilities = [
  { kind: route, planner: routePlanner, table: routeFinding },
  { kind: topic, planner: topicPlanner, table: messagingFinding },
  { kind: subscription, planner: subscriptionPlanner, table: messagingFinding },
  { kind: connectionPool, planner: connectionPoolPlanner, table: dataFinding },
  { kind: cloudIdentity, planner: cloudIdentityPlanner, table: accessFinding },
].map((one) => ({ ...one, planner: one.planner as Planner<unknown>, table: one.table as FindingTable<string> }));

const app = declare("App", appSpec({ containers: [container({ http: { port: 8000 }, grpc: { port: 5000 } })] }));
const orders = declare("Topic", { topics: ["orders", 5] }, { name: "shop" });
const others = [app, orders] as unknown as Declaration[];

for (const { kind, planner, table } of capabilities) {
  describe(`the planner of ${kind.kind}`, () => {
    const specs = valuesOf(kind.spec);
    const around = fc.record(
      { compat: fc.boolean(), settings: environments, objects: surroundings },
      { noNullPrototype: true },
    );
    type Around = Parameters<Parameters<typeof around.map>[0]>[0];
    const plan = (spec: JsonValue, given: Around, neighbours: readonly Declaration[] = others) => {
      const declaration = declare(kind.kind, spec, { name: "declared", compat: given.compat });
      const world = worldOf(declaration, { ...given, declarations: neighbours });
      return { plan: planner.plan(declaration, world), checked: planner.check?.(world) ?? [] };
    };

    test("is tried with specs that the schema of the kind accepts", () => {
      fc.assert(
        fc.property(specs, (spec) => {
          assert.deepEqual(validate(spec, kind.spec, { resolve: definition }).map(formatProblem), []);
        }),
        runs(150),
      );
    });

    testSameForSame(specs, around, plan);

    test("does not depend on the order of what lies around, nor of keys", () => {
      fc.assert(
        fc.property(specs, around, (spec, given) => {
          const turned = { ...given, objects: [...given.objects].reverse() };
          const there = plan(reversed(spec), turned, [...others].reverse());
          assert.equal(JSON.stringify(there), JSON.stringify(plan(spec, given)));
        }),
        runs(150),
      );
    });

    test("plans objects that the API server's schemas accept, without anything empty, each once", () => {
      fc.assert(
        fc.property(specs, around, (spec, given) => {
          const { desired } = plan(spec, given).plan;
          for (const object of desired) {
            assert.deepEqual(problemsOf(object), [], JSON.stringify(object));
            assert.doesNotMatch(JSON.stringify(object), /:null|\[null/);
          }
          const names = desired.map((object) => `${object.apiVersion} ${object.kind} ${object.metadata.name}`);
          assert.deepEqual(names, [...new Set(names)]);
        }),
        runs(150),
      );
    });

    test("tells with codes of its own table, and always what to do", () => {
      fc.assert(
        fc.property(specs, around, (spec, given) => {
          const { plan: planned, checked } = plan(spec, given);
          for (const { code, message, hint, object } of [...planned.findings, ...checked]) {
            assert.ok(Object.hasOwn(table.definitions, code), code);
            assert.ok(message.length > 0 && (hint ?? "").length > 0, `${code}: ${message}`);
            assert.ok(object !== undefined);
          }
        }),
        runs(150),
      );
    });

    test("never throws on a spec with values of wrong types", () => {
      fc.assert(
        fc.property(spoiled(specs), around, (spec, given) => assert.equal(plan(spec, given).plan.complete, true)),
        runs(400),
      );
    });

    test("never throws on any JSON, as its spec or as that of what it looks up", () => {
      fc.assert(
        fc.property(anything, anything, around, (spec, other, given) => {
          const neighbours = ["App", "Topic", "ConnectionPool"].map((name) =>
            declare(name, other),
          ) as unknown as Declaration[];
          assert.equal(plan(spec, given, neighbours).plan.complete, true);
        }),
        runs(300),
      );
    });
  });
}
