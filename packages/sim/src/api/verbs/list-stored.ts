import { ApiError, badRequest, expired } from "../../errors.ts";
import { storeKey, type Kind } from "../../resources/kind.ts";
import type { ReadableStore, Snapshot, Stored } from "../../store/store.ts";
import { storedFilter } from "./stored-filter.ts";
import { decodeContinue, encodeContinue, type ContinueToken } from "../continue-token.ts";
import { selects, type ListOptions } from "../list-options.ts";

export interface Listed {
  readonly items: readonly Stored[];
  readonly revision: number;
  /** Empty at the end. */
  readonly continueToken: string;
  readonly remaining: number | undefined;
}

/**
 * A page of objects in the order of keys, at one revision: that of the continue token, an exact one, or the latest,
 * which is as fresh as any version that a list may ask for.
 */
export function listStored(store: ReadableStore, kind: Kind, namespace: string, options: ListOptions): Listed {
  return listFrom(pageOf(store, options), kind, namespace, options);
}

/** Where a list begins, and on what. */
export interface Page {
  readonly snapshot: Snapshot;
  readonly token: ContinueToken | undefined;
}

export function pageOf(store: ReadableStore, options: ListOptions): Page {
  const token = options.continueToken === "" ? undefined : decodeContinue(options.continueToken);
  if (token !== undefined && options.resourceVersion !== "" && options.resourceVersion !== "0") {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
  return { snapshot: snapshotFor(store, options, token), token };
}

export function listFrom({ snapshot, token }: Page, kind: Kind, namespace: string, options: ListOptions): Listed {
  const prefix = namespace === "" ? "" : `${namespace}/`;
  const { collection } = kind;
  // Version 0 is answered by the server's cache, which knows no pages.
  const limit = options.resourceVersion === "0" && options.continueToken === "" ? 0 : options.limit;
  const isSelected = selects(options, kind);
  const mayMatch = storedFilter(options);
  const single = singleName(options);
  const items: Stored[] = [];
  let hasMore = false;
  if (single !== undefined && (namespace !== "" || !kind.resource.namespaced)) {
    const stored = snapshot.get(collection, storeKey(namespace, single));
    if (stored !== undefined && (isSelected?.(stored.object) ?? true)) items.push(stored);
  } else {
    const after = token === undefined ? {} : { after: `${prefix}${token.after}` };
    for (const stored of snapshot.range(collection, { prefix, ...after })) {
      if (mayMatch !== undefined && !mayMatch(stored)) continue;
      if (isSelected !== undefined && !isSelected(stored.object)) continue;
      if (limit > 0 && items.length === limit) {
        hasMore = true;
        break;
      }
      items.push(stored);
    }
  }
  if (!hasMore) return { items, revision: snapshot.revision, continueToken: "", remaining: undefined };
  const last = items.at(-1)!.key.slice(prefix.length);
  const remaining = isSelected === undefined ? snapshot.count(collection, prefix, items.at(-1)!.key) : undefined;
  return {
    items,
    revision: snapshot.revision,
    continueToken: encodeContinue({ revision: snapshot.revision, after: last }),
    remaining,
  };
}

function singleName({ fields }: ListOptions): string | undefined {
  return fields.find(({ field, negated }) => field === "metadata.name" && !negated)?.value;
}

function snapshotFor(store: ReadableStore, options: ListOptions, token: ContinueToken | undefined): Snapshot {
  if (token !== undefined)
    return token.revision < 0 ? store : (store.at(token.revision) ?? fail(continueExpired(token)));
  const { resourceVersion: text, resourceVersionMatch } = options;
  if (text === "" || text === "0") return store;
  const revision = revisionOf(text, "invalid resource version: ");
  if (revision > store.revision) throw tooLarge(revision, store.revision);
  if (resourceVersionMatch === "Exact" || (resourceVersionMatch === "" && options.limit > 0)) {
    return store.at(revision) ?? fail(expired(`The resourceVersion for the provided list is too old.`));
  }
  return store;
}

function fail(error: ApiError): never {
  throw error;
}

/** With a token that goes on all the same, on what is there now. */
function continueExpired({ after }: ContinueToken): ApiError {
  const message =
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";
  return expired(message, encodeContinue({ revision: -1, after }));
}

/** A list says that a version is none with 400, everything else with 500. */
export function revisionOf(text: string, prefix = ""): number {
  if (!/^\d+$/.test(text)) {
    const quoted = JSON.stringify(text);
    const message = `${prefix}resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`;
    throw prefix === "" ? new ApiError(500, "", message) : badRequest(message);
  }
  return Number(text);
}

/** A version that has not happened yet: the server would wait a little, and then says so. */
export function tooLarge(revision: number, current: number): ApiError {
  const message = `Too large resource version: ${revision}, current: ${current}`;
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  return new ApiError(504, "Timeout", `Timeout: ${message}`, { causes, retryAfterSeconds: 1 });
}
