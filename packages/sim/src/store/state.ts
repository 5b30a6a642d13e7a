import { compareText } from "@fairlead/apimachinery";
import type { Snapshot, Stored } from "./store.ts";
import { deleteItem } from "./tree/delete.ts";
import type { Node, Owner } from "./tree/node.ts";
import { countItems, getItem, rangeItems } from "./tree/read.ts";
import { setItem } from "./tree/set.ts";

/** What is stored: a tree for each collection that has objects. */
export interface State {
  revision: number;
  /** Changes in place the nodes that it has made; renewed whenever somebody may have taken hold of a root. */
  owner: Owner;
  readonly trees: Map<string, Node<Stored>>;
}

export function emptyState(revision: number): State {
  return { revision, owner: {}, trees: new Map() };
}

/** A state of its own with the same content: it takes time for each collection, not for objects. */
export function forkState(state: State): State {
  state.owner = {};
  return { revision: state.revision, owner: {}, trees: new Map(state.trees) };
}

export function setStored(state: State, collection: string, stored: Stored): Stored | undefined {
  const { root, previous } = setItem(state.trees.get(collection), stored, state.owner);
  state.trees.set(collection, root);
  return previous;
}

export function deleteStored(state: State, collection: string, key: string): void {
  const root = deleteItem(state.trees.get(collection), key, state.owner);
  if (root === undefined) state.trees.delete(collection);
  else state.trees.set(collection, root);
}

/** Reads from a state; what `range` gives stays as it was when `range` was called, whatever is written meanwhile. */
export function readState(state: State): Snapshot {
  return {
    get revision() {
      return state.revision;
    },
    get: (collection, key) => getItem(state.trees.get(collection), key),
    range(collection, options = {}) {
      const root = state.trees.get(collection);
      if (root !== undefined) state.owner = {};
      return rangeItems(root, options.prefix, options.after);
    },
    count: (collection, prefix, after) => countItems(state.trees.get(collection), prefix, after),
    collections: () => [...state.trees.keys()].sort(compareText),
  };
}
