export type { Snapshot, Store, StoreEvent, StoreOptions, Stored } from "./store/store.ts";
