import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { appSpec, container, planApp, type Surroundings } from "../../../test/workloads/planning.ts";
import { contentHashAnnotation } from "./reload.ts";

const configMap = (name: string, data: JsonObject, kind = "ConfigMap") =>
  ({ apiVersion: "v1", kind, metadata: { name, namespace: "shop" }, data }) as KrmObject;

function reloaded(containerMore: object, objects: readonly KrmObject[], more: object = {}, around: Surroundings = {}) {
  const spec = appSpec({ reload: true, containers: [container(containerMore)], ...more });
  const planned = planApp(spec, { ...around, objects });
  return {
    hash: planned.template.metadata.annotations?.[contentHashAnnotation],
    workload: planned.one("Deployment").metadata.annotations ?? {},
    codes: planned.codes,
  };
}

describe("reload", () => {
  const volumes = [
    { name: "a", configMap: { name: "c" } },
    { name: "b", secret: { secretName: "c" } },
    { name: "p", projected: { sources: [{ configMap: { name: "c" } }] } },
    { name: "q", projected: { sources: [{ secret: { name: "c" } }] } },
  ];
  const ways: [what: string, kind: string, containerMore: object, more: object][] = [
    ["configs", "ConfigMap", { configs: ["c"] }, {}],
    ["secrets", "Secret", { secrets: ["c"] }, {}],
    ["envFrom", "ConfigMap", { envFrom: [{ configMapRef: { name: "c" } }] }, {}],
    ["a variable", "Secret", { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "c", key: "k" } } }] }, {}],
    ["a volume", "ConfigMap", {}, { volumes: [volumes[0]] }],
    ["a volume of a Secret", "Secret", {}, { volumes: [volumes[1]] }],
    ["a projected volume", "ConfigMap", {}, { volumes: [volumes[2]] }],
    ["a projected volume of a Secret", "Secret", {}, { volumes: [volumes[3]] }],
    ["an init container", "ConfigMap", {}, { initContainers: [{ name: "init", image: "x", configs: ["c"] }] }],
  ];
  for (const [what, kind, containerMore, more] of ways) {
    test(`rolls the pods when what they read through ${what} changes, and only then`, () => {
      const hash = (value: string) => reloaded(containerMore, [configMap("c", { k: value }, kind)], more).hash;
      assert.match(hash("one") ?? "", /^[0-9a-f]{16}$/);
      assert.equal(hash("one"), hash("one"));
      assert.notEqual(hash("one"), hash("two"));
      const other = [configMap("c", { k: "one" }, kind), configMap("unread", { k: "x" })];
      assert.equal(reloaded(containerMore, other, more).hash, hash("one"));
    });
  }

  test("hashes content, not metadata, and does nothing unless asked", () => {
    const plain = configMap("c", { k: "v" });
    const labelled = { ...plain, metadata: { ...plain.metadata, labels: { a: "b" } } };
    assert.equal(reloaded({ configs: ["c"] }, [plain]).hash, reloaded({ configs: ["c"] }, [labelled]).hash);
    assert.equal(reloaded({ configs: ["c"] }, [plain], { reload: false }).hash, undefined);
  });

  test("leaves what is not in the input to Reloader, by name, and says so", () => {
    const { hash, workload, codes } = reloaded({ configs: ["here", "b", "a"], secrets: ["s"] }, [
      configMap("here", {}),
    ]);
    assert.match(hash ?? "", /./);
    assert.deepEqual(workload, {
      "configmap.reloader.stakater.com/reload": "a,b",
      "secret.reloader.stakater.com/reload": "s",
    });
    assert.deepEqual(codes, ["FL228", "FL228", "FL228"]);
  });

  test("expects no content of a Secret that is made in the cluster", () => {
    const external = (spec: object, name = "s") =>
      ({
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: { name, namespace: "shop" },
        spec,
      }) as KrmObject;
    for (const object of [external({}), external({ target: { name: "s" } }, "other")]) {
      const { workload, codes } = reloaded({ secrets: ["s"] }, [object]);
      assert.deepEqual(workload, { "secret.reloader.stakater.com/reload": "s" });
      assert.deepEqual(codes, []);
    }
  });
});
