import assert from "node:assert/strict";
import { test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import type { Edit } from "../model/plan.ts";
import { withSidecarHosts } from "./sidecar-edit.ts";

const edit: Edit = {
  kind: "sidecar-hosts",
  object: { apiVersion: "networking.istio.io/v1", kind: "Sidecar", namespace: "shop", name: "default" },
  hosts: ["./*", "mesh/a.global"],
  ours: ["mesh/a.global"],
};

function sidecar(annotations?: { [key: string]: string }): KrmObject {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "Sidecar",
    metadata: { name: "default", namespace: "shop", labels: { team: "a" }, ...(annotations && { annotations }) },
    spec: { egress: [{ port: { number: 80 }, hosts: ["./*"] }, { hosts: ["./*"] }], ingress: [] },
  };
}

test("changes one entry of the egress, and notes what is ours", () => {
  const changed = withSidecarHosts(sidecar({ a: "b" }), { ...edit, egress: 1 })!;
  assert.deepEqual(changed.metadata.annotations, { a: "b", "fairlead.dev/mesh-hosts": "mesh/a.global" });
  assert.deepEqual(changed.metadata.labels, { team: "a" });
  assert.deepEqual(changed["spec"], {
    egress: [{ port: { number: 80 }, hosts: ["./*"] }, { hosts: edit.hosts }],
    ingress: [],
  });
  assert.equal(withSidecarHosts(changed, { ...edit, egress: 1 }), undefined);
});

test("takes the note away with the last host that was ours", () => {
  const changed = withSidecarHosts(sidecar(), edit)!;
  const back = withSidecarHosts(changed, { ...edit, hosts: ["./*"], ours: [] })!;
  assert.deepEqual(back, sidecar({}));
});

test("changes nothing in a Sidecar that lost the entry", () => {
  assert.equal(withSidecarHosts(sidecar(), { ...edit, egress: 2 }), undefined);
  assert.equal(withSidecarHosts({ ...sidecar(), spec: {} }, edit), undefined);
});
