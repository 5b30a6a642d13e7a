import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../json.ts";
import { fieldsV1 } from "../fields-v1.ts";
import type { FieldManager } from "../managers.ts";
import { fieldElement } from "../path-element.ts";
import { fieldNames } from "../reset-fields.ts";
import { managedFieldsOf } from "./owners.ts";
import { scaleManagers } from "./scale-managers.ts";

const replicasPath = [fieldElement("spec"), fieldElement("replicas")];
const time = "2026-01-01T00:00:00Z";

function manager(name: string, operation: "Apply" | "Update", ...paths: readonly string[][]): FieldManager {
  return { manager: name, operation, apiVersion: "apps/v1", subresource: "", time, fields: fieldNames(...paths) };
}

function scale(managers: readonly FieldManager[], replicas: number): string[] {
  const metadata = { name: "x", uid: "1", managedFields: managedFieldsOf(managers) };
  const live: JsonObject = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { replicas: 2 } };
  return scaleManagers({ live, replicasPath, before: 2, replicas, manager: "hpa" }).map(
    (one) => `${one.manager} ${one.operation} ${one.subresource} ${JSON.stringify(fieldsV1(one.fields))}`,
  );
}

const replicas = '{"f:spec":{"f:replicas":{}}}';
const paused = '{"f:spec":{"f:paused":{}}}';

test("who scales takes the replicas from who applied them", () => {
  const applier = manager("a", "Apply", ["spec", "replicas"], ["spec", "paused"]);
  assert.deepEqual(scale([applier], 3), [`a Apply  ${paused}`, `hpa Update scale ${replicas}`]);
});

test("who owned nothing else is gone", () => {
  assert.deepEqual(scale([manager("a", "Apply", ["spec", "replicas"])], 3), [`hpa Update scale ${replicas}`]);
});

test("scaling to the same number takes nothing from an applier", () => {
  assert.deepEqual(scale([manager("a", "Apply", ["spec", "replicas"])], 2), [`a Apply  ${replicas}`]);
});

test("an updater's replicas stand apart from its other fields afterwards, as on the server", () => {
  const updater = manager("u", "Update", ["spec", "replicas"], ["spec", "paused"]);
  assert.deepEqual(scale([updater], 2), [`u Update  ${paused}`, `u Update  ${replicas}`]);
});

test("replicas that nobody owned are nobody's after scaling", () => {
  const applier = manager("a", "Apply", ["spec", "paused"]);
  assert.deepEqual(scale([applier], 3), [`a Apply  ${paused}`]);
});
