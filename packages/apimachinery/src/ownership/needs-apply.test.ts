import assert from "node:assert/strict";
import { test } from "node:test";
import { clone, type JsonObject } from "../json.ts";
import { defaultObject } from "../defaults/default-object.ts";
import { formatDiffPath } from "../merge/diff.ts";
import { fieldSetOf } from "./field-set-of.ts";
import { fieldSetFrom, pathsOf, unionSets } from "./field-set.ts";
import { fieldsV1 } from "./fields-v1.ts";
import { conflictsOf, needsApply } from "./needs-apply.ts";
import { fieldElement, formatOwnedPath, keyElement } from "./path-element.ts";

const manager = "fairlead/test";

const deployment: JsonObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "orders", namespace: "shop", labels: { app: "orders" } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "orders" } },
    template: {
      metadata: { labels: { app: "orders" } },
      spec: {
        containers: [
          { name: "app", image: "orders:1", resources: { requests: { cpu: "1000m", memory: "0.5Gi" } } },
          { name: "proxy", image: "proxy:1" },
        ],
      },
    },
  },
};

/** As the server would store it after the manager has applied it. */
function stored(applied: JsonObject, ...more: JsonObject[]): JsonObject {
  const object = defaultObject(clone(applied));
  const entry = {
    manager,
    operation: "Apply",
    apiVersion: applied["apiVersion"]!,
    fieldsType: "FieldsV1",
    fieldsV1: fieldsV1(fieldSetOf(applied)),
  };
  const metadata = { ...(object["metadata"] as JsonObject), uid: "1", generation: 1, managedFields: [entry, ...more] };
  return { ...object, metadata, status: { replicas: 2 } };
}

// oxlint-disable-next-line typescript/no-explicit-any
function edited(object: JsonObject, edit: (copy: any) => void): JsonObject {
  const copy = clone(object);
  edit(copy);
  return copy;
}

function changes(desired: JsonObject, observed: JsonObject): string[] | "same" {
  const need = needsApply(desired, observed, { manager });
  return need.kind === "same" ? "same" : need.changes.map(({ kind, path }) => `${kind} ${formatDiffPath(path)}`);
}

test("what was applied does not need to be applied again", () => {
  assert.equal(changes(deployment, stored(deployment)), "same");
});

test("other spellings of the same value are the same", () => {
  const other = edited(deployment, (copy) => {
    copy.spec.template.spec.containers[0].resources.requests = { cpu: 1, memory: "512Mi" };
  });
  assert.equal(changes(other, stored(deployment)), "same");
});

test("a changed value, a new field and a field that is no longer applied are changes", () => {
  const desired = edited(deployment, (copy) => {
    copy.spec.replicas = 3;
    copy.metadata.annotations = { a: "b" };
    delete copy.metadata.labels;
  });
  assert.deepEqual(changes(desired, stored(deployment)), [
    "remove metadata.labels",
    "add metadata.annotations",
    "change spec.replicas",
  ]);
});

test("what others have added is not taken for a change", () => {
  const observed = edited(stored(deployment), (copy) => {
    copy.metadata.annotations = { "deployment.kubernetes.io/revision": "1" };
    copy.spec.template.spec.containers.push({ name: "injected", image: "x" });
    copy.status = { replicas: 0 };
  });
  assert.equal(changes(deployment, observed), "same");
});

test("the order of containers is a change", () => {
  const desired = edited(deployment, (copy) => copy.spec.template.spec.containers.reverse());
  assert.deepEqual(changes(desired, stored(deployment)), ["order spec.template.spec.containers"]);
});

test("a container that is no longer applied is removed, but not what another owns of it", () => {
  const desired = edited(deployment, (copy) => copy.spec.template.spec.containers.pop());
  assert.deepEqual(changes(desired, stored(deployment)), ["remove spec.template.spec.containers[name=proxy]"]);
  const path = [
    ...["spec", "template", "spec", "containers"].map(fieldElement),
    keyElement({ name: "proxy" }),
    fieldElement("image"),
  ];
  const other = {
    manager: "other",
    operation: "Apply",
    apiVersion: "apps/v1",
    fieldsType: "FieldsV1",
    fieldsV1: fieldsV1(
      unionSets(fieldSetFrom([path]), fieldSetFrom([path.slice(0, -1), [...path.slice(0, -1), fieldElement("name")]])),
    ),
  };
  const need = needsApply(desired, stored(deployment, other), { manager });
  assert.deepEqual(need, { kind: "different", changes: [] });
});

test("an object that somebody else applied in the same form still has to be applied", () => {
  const need = needsApply(deployment, stored(deployment), { manager: "another" });
  assert.deepEqual(need, { kind: "different", changes: [] });
});

test("another apiVersion has to be applied", () => {
  const observed = edited(stored(deployment), (copy) => {
    copy.metadata.managedFields[0].apiVersion = "apps/v1beta1";
  });
  assert.equal(needsApply(deployment, observed, { manager }).kind, "different");
});

test("an entry that cannot be read has to be applied over", () => {
  const observed = edited(stored(deployment), (copy) => {
    copy.metadata.managedFields[0].fieldsV1 = { x: 1 };
  });
  assert.equal(needsApply(deployment, observed, { manager }).kind, "different");
});

test("a conflict names the other manager and the fields", () => {
  const hpa = {
    manager: "kube-controller-manager",
    operation: "Update",
    apiVersion: "apps/v1",
    subresource: "scale",
    fieldsType: "FieldsV1",
    fieldsV1: { "f:spec": { "f:replicas": {} } },
  };
  const observed = edited(stored(deployment, hpa), (copy) => (copy.spec.replicas = 5));
  const found = conflictsOf(deployment, observed, { manager });
  assert.deepEqual(
    found.map(({ owner, fields }) => [
      owner.manager,
      owner.subresource,
      [...pathsOf(fields)].map((path) => formatOwnedPath(path)),
    ]),
    [["kube-controller-manager", "scale", [".spec.replicas"]]],
  );
  assert.deepEqual(conflictsOf(deployment, stored(deployment, hpa), { manager }), []);
});

test("a server that names the fields of what is now one value does not need another apply", () => {
  const ingress: JsonObject = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "x" },
    spec: { defaultBackend: { service: { name: "a", port: { number: 80 } } } },
  };
  // Kubernetes 1.30, where the port was no atomic map yet.
  const fields = { "f:spec": { "f:defaultBackend": { "f:service": { "f:name": {}, "f:port": { "f:number": {} } } } } };
  const observed = edited(stored(ingress), (copy) => (copy.metadata.managedFields[0].fieldsV1 = fields));
  assert.equal(changes(ingress, observed), "same");
});
