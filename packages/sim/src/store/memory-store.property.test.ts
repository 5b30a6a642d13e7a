import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { createStore } from "./memory-store.ts";
import type { Snapshot, Store, StoreEvent } from "./store.ts";

const collections = ["pods", "services"] as const;
const keys = ["a/1", "a/2", "a-b/1", "b/1", "n"] as const;

type Step =
  | { readonly kind: "put" | "remove"; readonly collection: number; readonly key: number }
  | { readonly kind: "watch"; readonly collection: number; readonly back: number; readonly echo: boolean }
  | { readonly kind: "end"; readonly which: number }
  | { readonly kind: "compact"; readonly back: number }
  | { readonly kind: "past"; readonly back: number }
  | { readonly kind: "keep" | "fork" };

const collection = fc.nat(collections.length - 1);
const back = fc.nat(25);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom("put" as const, "put" as const, "remove" as const),
      collection,
      key: fc.nat(keys.length - 1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("watch" as const), collection, back, echo: fc.boolean() }) },
  fc.record({ kind: fc.constant("end" as const), which: fc.nat(5) }),
  fc.record({ kind: fc.constant("compact" as const), back }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("past" as const), back }) },
  fc.record({ kind: fc.constantFrom("keep" as const, "fork" as const) }),
);

function stateOf(snapshot: Snapshot): string[] {
  return collections.flatMap((name) =>
    [...snapshot.range(name)].map(({ key, revision }) => `${name} ${key} ${revision}`),
  );
}

function tell({ kind, collection: name, revision, stored, previous }: StoreEvent): string {
  return `${revision} ${kind} ${name} ${stored.key} after ${previous?.revision ?? 0}`;
}

interface Watch {
  readonly name: string;
  readonly from: number;
  readonly seen: string[];
  readonly end: () => void;
  /** The revision up to which it has listened; undefined while it does. */
  until: number | undefined;
}

/** A store beside all that has ever been true of it. */
class Model {
  readonly store: Store = createStore({ window: 15 });
  readonly history: { readonly name: string; readonly revision: number; readonly told: string }[] = [];
  readonly states = new Map<number, string[]>([[1, []]]);
  readonly watches: Watch[] = [];
  readonly kept: { readonly snapshot: Snapshot; readonly state: string[] }[] = [];

  write(remove: boolean, name: string, key: string): void {
    const before = this.store.get(name, key)?.revision ?? 0;
    const make = (next: number): { n: number } => ({ n: next });
    const written = remove ? this.store.remove(name, key, before, make) : this.store.put(name, key, before, make);
    assert.equal(written === undefined, remove && before === 0);
  }

  /** The first to hear of anything: it writes the history that everybody else is held to. */
  listen(): void {
    this.store.subscribe((event) => {
      this.history.push({ name: event.collection, revision: event.revision, told: tell(event) });
      // A write within a listener moves the store on before its own event comes.
      if (this.store.revision === event.revision) this.states.set(event.revision, stateOf(this.store));
    });
  }

  watch(name: string, from: number, echo: boolean): void {
    const seen: string[] = [];
    const end = this.store.watch(name, from, (event) => {
      seen.push(tell(event));
      // Some listeners write, on what they have not written themselves.
      if (echo && event.stored.key !== "n" && event.revision % 3 === 0) this.write(false, name, "n");
    });
    if (end === undefined) assert.ok(from < this.store.compacted);
    else this.watches.push({ name, from, seen, end, until: undefined });
  }

  check(): void {
    for (const { name, from, seen, until = Infinity } of this.watches) {
      const expected = this.history.filter((one) => one.name === name && one.revision > from && one.revision <= until);
      assert.deepEqual(
        seen,
        expected.map(({ told }) => told),
      );
    }
    for (const { snapshot, state } of this.kept) assert.deepEqual(stateOf(snapshot), state);
    assert.deepEqual(
      this.history.map(({ revision }) => revision),
      Array.from({ length: this.store.revision - 1 }, (_, i) => i + 2),
    );
  }

  past(revision: number): void {
    const snapshot = this.store.at(revision);
    assert.equal(snapshot === undefined, revision < this.store.compacted, `at ${revision}`);
    const state = this.states.get(revision);
    if (snapshot !== undefined && state !== undefined) assert.deepEqual(stateOf(snapshot), state);
  }

  fork(): void {
    const fork = this.store.fork();
    assert.deepEqual([stateOf(fork), fork.revision], [stateOf(this.store), this.store.revision]);
    for (const key of keys) fork.put("pods", key, fork.get("pods", key)?.revision ?? 0, () => ({}));
  }

  take(one: Step): void {
    const { store } = this;
    if (one.kind === "put" || one.kind === "remove") {
      this.write(one.kind === "remove", collections[one.collection]!, keys[one.key]!);
    } else if (one.kind === "watch") {
      this.watch(collections[one.collection]!, Math.max(0, store.revision - one.back), one.echo);
    } else if (one.kind === "end") {
      const watch = this.watches[one.which];
      watch?.end();
      if (watch !== undefined) watch.until ??= store.revision;
    } else if (one.kind === "compact") store.compact(store.revision - one.back);
    else if (one.kind === "past") this.past(Math.max(1, store.revision - one.back));
    else if (one.kind === "fork") this.fork();
    else this.kept.push({ snapshot: store.snapshot(), state: stateOf(store) });
  }
}

test("brings every watch all events after its revision in order, and keeps every state as it was", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 80 }), (steps) => {
      const model = new Model();
      model.listen();
      for (const one of steps) model.take(one);
      model.check();
      for (let revision = 1; revision <= model.store.revision; revision++) model.past(revision);
    }),
    runs(200),
  );
});
