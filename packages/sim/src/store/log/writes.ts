import type { Store } from "../store.ts";

/** A load of writes, each of which follows from the revision before it: so a state can be told from its revision. */
export function writeNext(store: Store): void {
  const next = store.revision;
  // Revisions of neighbours go to far keys: some are changed often, some are deleted and come back.
  const key = `namespace-${next % 3}/object-${(next * 7) % 50}`;
  const there = store.get("objects", key);
  if (there !== undefined && next % 4 === 0) store.remove("objects", key, there.revision, () => ({}));
  else {
    const value = String(next).repeat(1 + ((next * 31) % 200));
    store.put("objects", key, there?.revision ?? 0, (revision) => ({ revision, value }));
  }
}
