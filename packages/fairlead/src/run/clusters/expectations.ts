/** What identifies one version of an object. */
export interface Version {
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * What we wrote and no watch has told yet. A watch that is behind must not undo what is known of our own writes: the
 * next plan would write the same again.
 */
export interface Expectations {
  wrote(id: string, version: Version): void;
  removed(id: string, uid: string): void;
  /** Whether this state of an object, told by a watch, is at least as new as what we wrote. */
  accepts(id: string, seen: Version): boolean;
  /** The same for an object that is gone; `previous` is the last that the watch knew. */
  acceptsDeletion(id: string, previous: Version): boolean;
  /**
   * Everything up to a version was listed again. Returns the ids, of those that begin with a prefix, whose listed state
   * counts now.
   */
  listed(prefix: string, resourceVersion: string): readonly string[];
  readonly size: number;
}

type Expected =
  | { readonly kind: "wrote"; readonly version: Version }
  | { readonly kind: "removed"; readonly uid: string };

export function createExpectations(): Expectations {
  const expected = new Map<string, Expected>();
  return {
    wrote: (id, version) => void expected.set(id, { kind: "wrote", version }),
    removed: (id, uid) => void expected.set(id, { kind: "removed", uid }),
    accepts(id, seen) {
      const one = expected.get(id);
      if (one === undefined) return true;
      if (one.kind === "removed" ? one.uid === seen.uid : isBefore(seen.resourceVersion, one.version.resourceVersion)) {
        return false;
      }
      expected.delete(id);
      return true;
    },
    acceptsDeletion(id, previous) {
      const one = expected.get(id);
      if (one === undefined) return true;
      // Another one of this name, from before ours.
      if ((one.kind === "wrote" ? one.version.uid : one.uid) !== previous.uid) return one.kind === "removed";
      expected.delete(id);
      return true;
    },
    listed(prefix, resourceVersion) {
      const passed: string[] = [];
      for (const [id, one] of expected) {
        if (!id.startsWith(prefix)) continue;
        if (one.kind === "wrote" && isBefore(resourceVersion, one.version.resourceVersion)) continue;
        if (one.kind === "wrote") expected.delete(id);
        passed.push(id);
      }
      return passed;
    },
    get size() {
      return expected.size;
    },
  };
}

/** Resource versions are numbers that grow. https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions */
export function isBefore(a: string, b: string): boolean {
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}
