/** Work of a step, by how many decisions it looks at; bench/sidecars/waves.ts measures its time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { manyCases, manySteps } from "../../../../test/sidecars/waves/many-steps.ts";
import type { Decision } from "../model/decision.ts";

const workloads = 2_000;

/** Decisions that tell which of them were looked at. */
class Watched extends Map<string, Decision> {
  readonly looked = new Set<string>();

  override set(key: string, decision: Decision): this {
    const look = (target: Decision, name: string | symbol): unknown => {
      this.looked.add(key);
      return Reflect.get(target, name);
    };
    return super.set(key, new Proxy(decision, { get: look }));
  }

  override *[Symbol.iterator](): MapIterator<[string, Decision]> {
    for (const one of super[Symbol.iterator]()) {
      this.looked.add(one[0]);
      yield one;
    }
  }
}

for (const many of manyCases) {
  test(`a step looks at what changed, and not at what waits: ${many.name}`, (t) => {
    const decisions = new Watched();
    const counts: number[] = [];
    for (const step of manySteps(workloads, many, decisions)) {
      decisions.looked.clear();
      step();
      counts.push(decisions.looked.size);
    }
    const [first, ...later] = counts;
    t.diagnostic(`first ${first}, later ${later.join(", ")}`);
    assert.equal(first, workloads);
    assert.equal(later.length, 21);
    assert.ok(Math.max(...later) <= 50, later.join(", "));
  });
}
