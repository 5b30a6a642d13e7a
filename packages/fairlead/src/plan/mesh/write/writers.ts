import type { Fleet, MeshKey } from "../model/fleet.ts";
import { writeDestinationRules } from "./destination-rule.ts";
import type { IdentityInput, Output } from "./output.ts";
import { writeServiceEntries } from "./service-entry.ts";

export type IdentityWriter = (input: IdentityInput) => Output;
export type KeyWriter = (fleet: Fleet, key: MeshKey) => Output;

/** What an identity becomes: one writer for each kind of object. */
export const identityWriters: readonly IdentityWriter[] = [writeServiceEntries, writeDestinationRules];

/** What keys of the form `namespace:…` and `copy:…` become. */
export const namespaceWriters: readonly KeyWriter[] = [];
export const copyWriters: readonly KeyWriter[] = [];
