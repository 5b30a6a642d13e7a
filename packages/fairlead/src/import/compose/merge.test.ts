import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeService } from "./merge.ts";

test("merges maps and appends lists", () => {
  const merged = mergeService(
    { dns: ["1.1.1.1"], deploy: { replicas: 1, mode: "global" } },
    { dns: ["8.8.8.8"], deploy: { replicas: 2 } },
  );
  assert.deepEqual(merged, { dns: ["1.1.1.1", "8.8.8.8"], deploy: { replicas: 2, mode: "global" } });
});

test("replaces commands and tests as a whole", () => {
  const merged = mergeService(
    { command: ["a"], healthcheck: { test: ["CMD", "a"], retries: 1 } },
    { command: ["b"], healthcheck: { test: ["CMD", "b"] } },
  );
  assert.deepEqual(merged, { command: ["b"], healthcheck: { test: ["CMD", "b"], retries: 1 } });
});

test("merges environments in both spellings by name", () => {
  const merged = mergeService({ environment: ["A=1", "B=2"] }, { environment: { B: "3", C: null } });
  assert.deepEqual(merged, { environment: { A: "1", B: "3", C: null } });
});

test("keeps one mount for each target", () => {
  const merged = mergeService({ volumes: ["foo:/work", "x:/x"] }, { volumes: ["bar:/work"] });
  assert.deepEqual(merged, { volumes: ["bar:/work", "x:/x"] });
});

test("keeps equal ports once", () => {
  assert.deepEqual(mergeService({ ports: ["80:80"] }, { ports: ["80:80", "81:81"] }), { ports: ["80:80", "81:81"] });
});

test("merges depends_on in both spellings", () => {
  const merged = mergeService({ depends_on: ["a"] }, { depends_on: { b: { condition: "service_healthy" } } });
  assert.deepEqual(merged, {
    depends_on: { a: { condition: "service_started" }, b: { condition: "service_healthy" } },
  });
});

test("a null removes what the base has", () => {
  assert.deepEqual(mergeService({ ports: ["80"] }, { ports: null }), { ports: null });
});
