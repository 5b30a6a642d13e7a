import assert from "node:assert/strict";
import { test } from "node:test";
import { processorMs } from "../../../apimachinery/test/processor-time.ts";
import { context, pod, request, resource, resources, shop } from "../../test/admission.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { createAdmission } from "./chain.ts";
import { defaultPlugins } from "./default-plugins.ts";
import { withField } from "./objects.ts";

const adding = (name: string, log: string[]): AdmissionPlugin => ({
  name,
  handles: () => true,
  mutate: ({ object }) => {
    log.push(`mutate ${name}`);
    return withField(object!, ["seen", name], Object.keys((object?.["seen"] ?? {}) as object).length);
  },
  validate: () => void log.push(`validate ${name}`),
});

test("lets every plugin change what those before it made, and then lets all look", async () => {
  const log: string[] = [];
  const never = { ...adding("never", log), handles: () => false };
  const admission = createAdmission([adding("a", log), never, adding("b", log)]);
  const asked = request(resources.pods, pod());
  const object = await admission.mutate(asked);
  assert.deepEqual(object?.["seen"], { a: 0, b: 1 });
  assert.deepEqual(asked.object, pod());
  await admission.validate({ ...asked, object });
  assert.deepEqual(log, ["mutate a", "mutate b", "validate a", "validate b"]);
});

test("asks about a deletion once, whether or not mutate is called", async () => {
  const log: string[] = [];
  const plugin = { ...adding("a", log), mutate: () => (log.push("mutate a"), undefined as never) };
  const admission = createAdmission([plugin]);
  const asked = request(resources.pods, undefined, { operation: "DELETE" });
  assert.equal(await admission.mutate(asked), undefined);
  await admission.validate(asked);
  assert.deepEqual(log, ["mutate a", "validate a"]);
});

test("costs a write that concerns no plugin next to nothing", async (t) => {
  const store = context({ namespaces: [shop] });
  const authorizer = { decide: () => ({ allowed: true, reason: "" }) };
  const admission = createAdmission(defaultPlugins({ context: store, authorizer, random: () => 0, now: () => 0 }));
  const lease = resource("coordination.k8s.io", "leases", "Lease");
  const asked = request(lease, { metadata: { name: "a" } }, { operation: "UPDATE", old: { metadata: { name: "a" } } });
  const round = async (times: number): Promise<number> => {
    const ms = await processorMs(async () => {
      for (let index = 0; index < times; index++) {
        await admission.mutate(asked);
        await admission.validate(asked);
      }
    });
    return (ms / times) * 1000;
  };
  await round(5000);
  const microseconds = await round(5000);
  t.diagnostic(`${microseconds.toFixed(1)} µs`);
  assert.ok(microseconds < 100);
});
