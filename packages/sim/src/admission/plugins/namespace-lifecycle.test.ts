import assert from "node:assert/strict";
import { test } from "node:test";
import { admit, context, pod, request, resources, shop } from "../../../test/admission.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";

const going = { metadata: { name: "going" }, status: { phase: "Terminating" } };
const plugin = namespaceLifecycle(context({ namespaces: [shop, going] }));

test("lets objects into a namespace that is there, and cluster-scoped ones anywhere", async () => {
  assert.deepEqual(await admit(plugin, request(resources.pods, pod())), { object: pod() });
  const node = { metadata: { name: "a" } };
  assert.deepEqual(await admit(plugin, request(resources.nodes, node)), { object: node });
});

test("says that a namespace is not there", async () => {
  const { refused } = await admit(plugin, request(resources.pods, pod(), { namespace: "nope" }));
  assert.deepEqual(refused, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: 'namespaces "nope" not found',
    reason: "NotFound",
    details: { name: "nope", kind: "namespaces" },
    code: 404,
  });
});

test("takes nothing new into a namespace that goes, but changes and deletions", async () => {
  const asked = request(resources.pods, pod(), { namespace: "going" });
  const { refused } = await admit(plugin, asked);
  assert.deepEqual(refused, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: 'pods "web" is forbidden: unable to create new content in namespace going because it is being terminated',
    reason: "Forbidden",
    details: {
      name: "web",
      kind: "pods",
      causes: [
        {
          reason: "NamespaceTerminating",
          message: "namespace going is being terminated",
          field: "metadata.namespace",
        },
      ],
    },
    code: 403,
  });
  assert.ok((await admit(plugin, { ...asked, operation: "UPDATE", old: pod() })).object);
  assert.deepEqual(await admit(plugin, { ...asked, operation: "DELETE", object: undefined }), { object: undefined });
});

test("keeps the namespaces that a cluster cannot be without", async () => {
  const asked = { operation: "DELETE" as const, name: "kube-system", namespace: "kube-system" };
  const { message } = await admit(plugin, request(resources.namespaces, undefined, asked));
  assert.equal(message, 'namespaces "kube-system" is forbidden: this namespace may not be deleted');
});

test("names an object that has no name yet by what its name begins with", async () => {
  const unnamed = { ...pod(), metadata: { generateName: "web-" } };
  const { message } = await admit(plugin, request(resources.pods, unnamed, { namespace: "going" }));
  assert.match(message!, /^pods "web-" is forbidden: /);
});
