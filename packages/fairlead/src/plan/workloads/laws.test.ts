import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { definition, formatProblem, validate, type JsonValue } from "@fairlead/apimachinery";
import { runs } from "../../../../../scripts/runs.ts";
import { loadKind } from "../../kinds/load.ts";
import type { Plan } from "../plan.ts";
import type { Planner } from "../planner.ts";
import { problemsOf, testSameForSame } from "../../../test/support/laws.ts";
import {
  anything,
  appSpecs,
  configurations,
  settings,
  spoiled,
  taskSpecs,
} from "../../../test/workloads/arbitraries.ts";
import { declare, worldOf } from "../../../test/workloads/planning.ts";
import { appPlanner } from "./app.ts";
import { taskPlanner } from "./task.ts";
import { workloadFinding } from "./findings.ts";

const kinds = [
  { kind: "App" as const, planner: appPlanner as Planner<unknown>, specs: appSpecs as fc.Arbitrary<unknown> },
  { kind: "Task" as const, planner: taskPlanner as Planner<unknown>, specs: taskSpecs as fc.Arbitrary<unknown> },
];

function emptyLeftovers(value: unknown, path: string): string[] {
  if (value === null || value === undefined) return [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => emptyLeftovers(item, `${path}[${index}]`));
  if (typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, item]) => emptyLeftovers(item, `${path}.${key}`));
}

for (const { kind, planner, specs } of kinds) {
  describe(`the planner of ${kind}`, () => {
    const around = fc.record({
      compat: fc.boolean(),
      environment: fc.option(fc.constant("prod"), { nil: undefined }),
      settings,
      objects: configurations,
    });
    const plan = (
      spec: unknown,
      { environment, ...rest }: { compat: boolean; environment?: string | undefined },
    ): Plan => {
      const surroundings = { ...rest, ...(environment === undefined ? {} : { environment }) };
      const declaration = declare(kind, spec, surroundings);
      return planner.plan(declaration, worldOf(declaration, surroundings));
    };

    test("is tried with specs that the schema of the kind accepts", async () => {
      const { schema } = await loadKind(kind);
      const specSchema = schema.properties!["spec"]!;
      fc.assert(
        fc.property(specs, (spec) => {
          const problems = validate(spec as JsonValue, specSchema, { resolve: definition });
          assert.deepEqual(
            problems.map((problem) => formatProblem(problem)),
            [],
          );
        }),
        runs(150),
      );
    });

    testSameForSame(specs, around, plan);

    test("does not depend on the order of the world's objects, nor of the spec's own fields", () => {
      fc.assert(
        fc.property(specs, around, (spec, given) => {
          const turned = { ...given, objects: [...given.objects].reverse() };
          const reversed = Object.fromEntries(Object.entries(spec as object).reverse());
          assert.equal(JSON.stringify(plan(reversed, turned)), JSON.stringify(plan(spec, given)));
        }),
        runs(150),
      );
    });

    test("plans objects that the API server's schemas accept, or says that a port is there twice", () => {
      fc.assert(
        fc.property(specs, around, (spec, given) => {
          const { desired, findings } = plan(spec, given);
          // The schema of a kind cannot say that two of its fields are not one port; the planner does.
          const said = findings.some(({ code }) => code === "FL207");
          for (const object of desired) {
            const problems = problemsOf(object).filter((one) => !said || !/ duplicate (containerPort|port) /.test(one));
            assert.deepEqual(problems, [], `${object.kind} ${JSON.stringify(object)}`);
          }
        }),
        runs(150),
      );
    });

    test("leaves neither null nor undefined in what it plans", () => {
      fc.assert(
        fc.property(specs, around, (spec, given) => {
          const { desired } = plan(spec, given);
          assert.deepEqual(emptyLeftovers(desired, "desired"), []);
        }),
        runs(150),
      );
    });

    test("never throws on a spec with values of wrong types", () => {
      fc.assert(
        fc.property(spoiled(specs), around, (spec, given) => {
          for (const { code, message } of plan(spec, given).findings) {
            assert.ok(Object.hasOwn(workloadFinding.definitions, code));
            assert.equal(typeof message, "string");
          }
        }),
        runs(500),
      );
    });

    test("never throws on any JSON in the place of a spec", () => {
      fc.assert(
        fc.property(anything, around, (spec, given) => {
          assert.equal(plan(spec, given).complete, true);
        }),
        runs(150),
      );
    });
  });
}
