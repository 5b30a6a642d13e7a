import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { admit, context, request, resources } from "../../../test/admission.ts";
import { field } from "../objects.ts";
import {
  defaultIngressClass,
  defaultStorageClass,
  persistentVolumeClaimResize,
  storageObjectInUseProtection,
} from "./storage.ts";

const marked = (name: string, mark: string, creationTimestamp: string, more: JsonObject = {}): JsonObject => ({
  metadata: { name, creationTimestamp, annotations: { [mark]: "true" } },
  ...more,
});
const mark = "storageclass.kubernetes.io/is-default-class";
const claim = (spec: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  metadata: { name: "data" },
  spec,
  ...more,
});

test("gives a claim the newest default class", async () => {
  const classes = [
    marked("b", mark, "2026-01-02T00:00:00Z"),
    marked("a", mark, "2026-01-02T00:00:00Z"),
    marked("c", mark, "2026-01-01T00:00:00Z"),
  ];
  const plugin = defaultStorageClass(context({ "storageclasses.storage.k8s.io": classes }));
  const chosen = async (object: JsonObject) =>
    field((await admit(plugin, request(resources.claims, object))).object, "spec", "storageClassName");
  assert.equal(await chosen(claim()), "a");
  assert.equal(await chosen(claim({ storageClassName: "" })), "");
  assert.equal(
    await chosen({ ...claim(), metadata: { annotations: { "volume.beta.kubernetes.io/storage-class": "x" } } }),
    undefined,
  );
});

test("gives an Ingress the default class", async () => {
  const classes = [marked("nginx", "ingressclass.kubernetes.io/is-default-class", "2026-01-01T00:00:00Z")];
  const plugin = defaultIngressClass(context({ "ingressclasses.networking.k8s.io": classes }));
  const { object } = await admit(plugin, request(resources.ingresses, { metadata: { name: "i" }, spec: {} }));
  assert.equal(field(object, "spec", "ingressClassName"), "nginx");
});

test("protects a claim once", async () => {
  const { object } = await admit(storageObjectInUseProtection(), request(resources.claims, claim()));
  assert.deepEqual(field(object, "metadata", "finalizers"), ["kubernetes.io/pvc-protection"]);
  const again = await admit(storageObjectInUseProtection(), request(resources.claims, object));
  assert.equal(again.object, object);
});

test("lets bound claims of growing classes grow", async () => {
  const plugin = persistentVolumeClaimResize(
    context({ "storageclasses.storage.k8s.io": [{ metadata: { name: "grows" }, allowVolumeExpansion: true }] }),
  );
  const sized = (storage: string, phase: string, storageClassName: string): JsonObject =>
    claim({ storageClassName, resources: { requests: { storage } } }, { status: { phase } });
  const message = async (old: JsonObject, object: JsonObject) =>
    (await admit(plugin, request(resources.claims, object, { operation: "UPDATE", old }))).message;
  const one = sized("1Gi", "Bound", "grows");
  assert.equal(await message(one, sized("2Gi", "Bound", "grows")), undefined);
  assert.equal(
    await message(sized("1Gi", "Pending", "grows"), sized("2Gi", "Pending", "grows")),
    'persistentvolumeclaims "data" is forbidden: Only bound persistent volume claims can be expanded',
  );
  assert.equal(
    await message(sized("1Gi", "Bound", "stays"), sized("2Gi", "Bound", "stays")),
    'persistentvolumeclaims "data" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  );
});
