import assert from "node:assert/strict";
import { test } from "node:test";
import { mayContain } from "./may-contain.ts";
import { createStore } from "./memory-store.ts";

function labelled(store: ReturnType<typeof createStore>, name: string, app: string): void {
  const metadata = { name, labels: { app, tier: "back" }, note: "n".repeat(200) };
  store.put("pods", `ns/${name}`, 0, (revision) => ({ metadata: { ...metadata, resourceVersion: String(revision) } }));
}

test("finds a value wherever it is kept, and never misses one", () => {
  const store = createStore();
  // The third and later of one shape keep only what differs.
  for (let i = 0; i < 20; i++) labelled(store, `pod-${i}`, `app-${i % 3}`);
  for (const app of ["app-0", "app-1", "app-2"]) {
    const contains = mayContain(`"${app}"`);
    for (const one of store.range("pods")) {
      const { labels } = one.object["metadata"] as { labels: { app: string } };
      if (labels.app === app) assert.ok(contains(one), `${one.key} has ${app}`);
    }
  }
  const found = [...store.range("pods")].filter(mayContain('"app-9"'));
  assert.equal(found.length, 0, "what nobody has is found in none");
  assert.equal([...store.range("pods")].filter(mayContain('"tier":')).length, 20);
});
