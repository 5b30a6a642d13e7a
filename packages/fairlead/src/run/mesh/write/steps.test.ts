import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { SidecarFact } from "../../../plan/mesh/model/facts.ts";
import type { ClusterPlan, Edit } from "../../../plan/mesh/model/plan.ts";
import { stepsOf } from "./steps.ts";

const edit: Edit = {
  kind: "sidecar-hosts",
  object: { apiVersion: "networking.istio.io/v1", kind: "Sidecar", namespace: "shop", name: "default" },
  hosts: ["./*", "mesh/a.global"],
  ours: ["mesh/a.global"],
  egress: 1,
};
const plan: ClusterPlan = { cluster: "c", desired: [], edits: [edit], complete: true };

function steps(hosts: readonly string[], ours?: readonly string[]): readonly string[] {
  const spec: JsonObject = { egress: [{ port: { number: 80 }, hosts: ["./*"] }, { hosts: [...hosts] }] };
  const place = { cluster: "c", namespace: "shop", name: "default", createdAt: "", ignored: false };
  const fact: SidecarFact = {
    fact: "sidecar",
    ...place,
    selects: undefined,
    spec,
    ...(ours !== undefined && { ours }),
  };
  const seen = { written: [], sidecars: () => [fact], isAsAnswered: () => false };
  return stepsOf(plan, seen).map(({ kind }) => kind);
}

test("a Sidecar is edited until the entry that was chosen has the hosts, and they are noted", () => {
  assert.deepEqual(steps(["./*"]), ["edit"]);
  assert.deepEqual(steps(edit.hosts), ["edit"]);
  assert.deepEqual(steps(edit.hosts, edit.ours), []);
});
