import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../json.ts";
import { pathsOf } from "../field-set.ts";
import { fieldsV1 } from "../fields-v1.ts";
import type { FieldManager } from "../managers.ts";
import { formatOwnedPath } from "../path-element.ts";
import { managedFieldsOf } from "./owners.ts";
import { updateManagers } from "./update-managers.ts";

function configMap(data: JsonObject, managers?: readonly FieldManager[]): JsonObject {
  const metadata = {
    name: "x",
    uid: "1",
    ...(managers === undefined ? {} : { managedFields: managedFieldsOf(managers) }),
  };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

function names(managers: readonly FieldManager[]): string[] {
  return managers.map(
    ({ manager, fields }) => `${manager} ${[...pathsOf(fields)].map((one) => formatOwnedPath(one)).join(" ")}`,
  );
}

test("who creates an object owns all that it says", () => {
  const managers = updateManagers({ updated: configMap({ a: "1" }), manager: "kubectl" });
  assert.deepEqual(names(managers), ["kubectl .data .data.a"]);
});

test("what a built-in object always has is changed by its creator, not added", () => {
  const spec = {
    selector: { matchLabels: { a: "b" } },
    template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i:1" }] } },
  };
  const updated = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x" }, spec };
  const [entry] = updateManagers({ updated, manager: "m" });
  // As `kubectl create` leaves it: no "." for structs, one for maps and for what Go points to.
  assert.deepEqual(fieldsV1(entry!.fields), {
    "f:spec": {
      "f:progressDeadlineSeconds": {},
      "f:replicas": {},
      "f:revisionHistoryLimit": {},
      "f:selector": {},
      "f:strategy": { "f:rollingUpdate": { ".": {}, "f:maxSurge": {}, "f:maxUnavailable": {} }, "f:type": {} },
      "f:template": {
        "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
        "f:spec": {
          "f:containers": {
            'k:{"name":"c"}': {
              ".": {},
              "f:image": {},
              "f:imagePullPolicy": {},
              "f:name": {},
              "f:resources": {},
              "f:terminationMessagePath": {},
              "f:terminationMessagePolicy": {},
            },
          },
          "f:dnsPolicy": {},
          "f:restartPolicy": {},
          "f:schedulerName": {},
          "f:securityContext": {},
          "f:terminationGracePeriodSeconds": {},
        },
      },
    },
  });
});

test("an update without a change changes no owner", () => {
  const managers = updateManagers({ updated: configMap({ a: "1" }), manager: "m", time: "2026-01-01T00:00:00Z" });
  const live = configMap({ a: "1" }, managers);
  assert.deepEqual(updateManagers({ live, updated: live, manager: "other", time: "2026-01-02T00:00:00Z" }), managers);
});

test("a manager without a name is called unknown", () => {
  assert.deepEqual(names(updateManagers({ updated: configMap({ a: "1" }), manager: "" })), ["unknown .data .data.a"]);
});

test("an object that nobody tracks is not tracked by an update", () => {
  const live = configMap({ a: "1" });
  assert.deepEqual(updateManagers({ live, updated: configMap({ a: "2" }), manager: "m" }), []);
});

test("an update may take out managers, but not through a subresource", () => {
  const managers = updateManagers({ updated: configMap({ a: "1" }), manager: "m" });
  const live = configMap({ a: "1" }, managers);
  const updated = { ...live, metadata: { name: "x", uid: "1", managedFields: [] } };
  assert.deepEqual(updateManagers({ live, updated, manager: "n" }), []);
  assert.deepEqual(names(updateManagers({ live, updated, manager: "n", subresource: "status" })), names(managers));
});

test("managers that cannot be read are left as they are stored", () => {
  const managers = updateManagers({ updated: configMap({ a: "1" }), manager: "m" });
  const live = configMap({ a: "1" }, managers);
  const updated = { ...live, metadata: { name: "x", uid: "1", managedFields: [{ manager: "x" }] } };
  assert.deepEqual(names(updateManagers({ live, updated, manager: "n" })), names(managers));
});

test("beyond ten updaters the oldest become one entry", () => {
  let live = configMap({ a: "0" }, updateManagers({ updated: configMap({ a: "0" }), manager: "m0", time: time(0) }));
  for (let i = 1; i < 13; i++) {
    const data = { ...(live["data"] as JsonObject), [`k${i}`]: "1" };
    const updated = { ...live, data };
    live = configMap(data, updateManagers({ live, updated, manager: `m${i}`, time: time(i) }));
  }
  const entries = (live["metadata"] as { managedFields: { manager: string; time: string }[] }).managedFields;
  assert.deepEqual(
    entries.map(({ manager }) => manager),
    ["ancient-changes", "m4", "m5", "m6", "m7", "m8", "m9", "m10", "m11", "m12"],
  );
  assert.equal(entries[0]!.time, time(3));
});

function time(minute: number): string {
  return `2026-01-01T00:${String(minute).padStart(2, "0")}:00Z`;
}

test("entries are ordered by operation, time, name, version and subresource", () => {
  const [one] = updateManagers({ updated: configMap({ a: "1" }), manager: "m" });
  const make = (more: Partial<FieldManager>): FieldManager => ({ ...one!, ...more });
  const sorted = managedFieldsOf([
    make({ manager: "b", time: time(1) }),
    make({ manager: "a", time: time(2) }),
    make({ manager: "a", time: time(1), subresource: "status" }),
    make({ manager: "a", time: time(1) }),
    make({ manager: "z", time: time(9), operation: "Apply" }),
    make({ manager: "y" }),
  ]);
  assert.deepEqual(
    sorted.map(({ manager, time: at, subresource }) => [manager, at, subresource]),
    [
      ["z", time(9), undefined],
      ["y", undefined, undefined],
      ["a", time(1), undefined],
      ["a", time(1), "status"],
      ["b", time(1), undefined],
      ["a", time(2), undefined],
    ],
  );
});
