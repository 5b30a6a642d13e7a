import type { SubresourceHandler } from "../api/server.ts";
import { bindingSubresource } from "./binding.ts";
import { evictionSubresource } from "./eviction.ts";

/** Subresources that need nothing but the store. */
export const storeSubresources: readonly (readonly [string, SubresourceHandler])[] = [
  ["pods/binding", bindingSubresource],
  ["pods/eviction", evictionSubresource],
];
