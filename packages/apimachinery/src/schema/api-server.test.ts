import assert from "node:assert/strict";
import { test } from "node:test";
import { recorded } from "../../test/recorded.ts";
import { equal, type JsonObject } from "../json.ts";
import { applyDefaults } from "./apply-defaults.ts";
import { formatPath } from "../path.ts";
import { formatProblem } from "./problem.ts";
import { prune } from "./prune.ts";
import type { Schema } from "./schema.ts";
import { structuralProblems } from "./structural.ts";
import { validate } from "./validate.ts";

type Custom = { schema: Schema; object: JsonObject };
type CustomAnswer = { error?: string; errors?: string[]; value: { object: JsonObject; unknown: string[] | null } };

const cases = recorded<Custom, CustomAnswer>("custom-resources");

test("accepts and refuses custom resources as the API server does", () => {
  const wrong: string[] = [];
  for (const { request, answer } of cases) {
    const problems = validate(request.object, request.schema, { resource: true }).filter(
      ({ kind }) => kind !== "unknown",
    );
    const theirs = answer.errors ?? [];
    if (problems.length > 0 !== theirs.length > 0) {
      wrong.push(
        `${JSON.stringify(request)}\n  ours: ${problems.map(formatProblem).join("; ")}\n  theirs: ${theirs.join("; ")}`,
      );
    }
  }
  assert.deepEqual(wrong, []);
});

test("names the same fields as unknown", () => {
  for (const { request, answer } of cases) {
    const unknown = validate(request.object, request.schema, { resource: true }).filter(
      ({ kind }) => kind === "unknown",
    );
    assert.deepEqual(
      unknown.map(({ path }) => formatPath(path)).sort(),
      answer.value.unknown ?? [],
      JSON.stringify(request),
    );
  }
});

test("prunes and fills in defaults to the same object", () => {
  for (const { request, answer } of cases) {
    const before = JSON.stringify(request.object);
    const result = applyDefaults(prune(request.object, request.schema, { resource: true }).value, request.schema);
    assert.deepEqual(result, answer.value.object, JSON.stringify(request));
    assert.equal(JSON.stringify(request.object), before);
  }
});

test("applies defaults once: a second time changes nothing", () => {
  for (const { request } of cases) {
    const once = applyDefaults(request.object, request.schema);
    assert.equal(equal(applyDefaults(once, request.schema), once), true);
  }
});

test("finds the same schemas structural as the API server", () => {
  const wrong: string[] = [];
  for (const { request, answer } of recorded<{ schema: Schema }, { errors?: string[] }>("structural-schemas")) {
    const problems = structuralProblems(request.schema);
    const theirs = answer.errors ?? [];
    const ours = problems.map(({ path, message }) => `${path}: ${message}`);
    if (ours.length > 0 !== theirs.length > 0) {
      wrong.push(`${JSON.stringify(request.schema)}\n  ours: ${ours.join("; ")}\n  theirs: ${theirs.join("; ")}`);
    }
  }
  assert.deepEqual(wrong, []);
});
