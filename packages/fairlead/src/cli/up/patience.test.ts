import assert from "node:assert/strict";
import { test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { patience } from "./patience.ts";

const folder = [{ kind: "ContainerTemplate", metadata: { name: "base" } }];

function stalled(message: string): KrmObject {
  const condition = (type: string, status: string): object => ({ type, status, reason: "Invalid", message });
  return {
    apiVersion: "fairlead.dev/v1",
    kind: "App",
    metadata: { name: "web", generation: 1 },
    status: { observedGeneration: 1, conditions: [condition("Ready", "False"), condition("Stalled", "True")] },
  } as unknown as KrmObject;
}

const missing = (name: string): string =>
  `FL110: there is no ContainerTemplate "${name}"; add a ContainerTemplate named ${name} to the input, or correct the name`;

test("says what a declaration waits for that is seen before its template", () => {
  const verdict = patience(folder)(stalled(missing("base")), false);
  assert.deepEqual([verdict.kind, verdict.reason], ["waiting", "waits for ContainerTemplate base"]);
});

test("says what is wrong where nothing of the folder would help", () => {
  const verdict = patience(folder)(stalled(missing("bass")), false);
  assert.equal(verdict.kind, "waiting");
  assert.match(verdict.reason, /there is no ContainerTemplate "bass"/);
});

test("takes what is ready for ready", () => {
  const ready = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a" },
  } as unknown as KrmObject;
  assert.equal(patience(folder)(ready, false).kind, "done");
});
