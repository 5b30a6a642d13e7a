import { get, textOf, type Clock, type JsonObject } from "@fairlead/apimachinery";
import { finalizersOf, metadataOf, withMetadata } from "../api/registry/metadata.ts";
import type { Api } from "../controllers/controller.ts";
import { ApiError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { definitions } from "./custom-kinds.ts";
import { definitionStatus } from "./definition-status.ts";

const cleanup = "customresourcecleanup.apiextensions.k8s.io";

/**
 * Accepts the names of definitions and establishes them, right after they are written, as apiextensions does; and
 * deletes the objects of a definition that is deleted before it lets it go.
 */
export function establishDefinitions(
  store: Store,
  api: Api,
  clock: Clock,
  onError: (error: unknown) => void,
): () => void {
  const visit = async (name: string): Promise<void> => {
    const key = { namespace: "", name };
    const definition = api.get(definitions, key);
    if (definition === undefined) return;
    if (metadataOf(definition)["deletionTimestamp"] !== undefined) return await end(api, definition);
    const status = definitionStatus(definition, api.list(definitions), clock.now());
    if (status !== undefined) await api.updateStatus(definitions, { ...definition, status });
  };
  const running = new Map<string, { again: boolean }>();
  /** One visit of a definition at a time: what it writes itself wakes it again. */
  const wake = (name: string): void => {
    const active = running.get(name);
    if (active !== undefined) {
      active.again = true;
      return;
    }
    const state = { again: false };
    running.set(name, state);
    visit(name)
      .catch((error: unknown) => {
        // Somebody else has written it, who wakes it too, or it is gone.
        if (!(error instanceof ApiError) || (error.code !== 409 && error.code !== 404)) onError(error);
      })
      .finally(() => {
        running.delete(name);
        if (state.again) wake(name);
      });
  };
  for (const { key } of store.range(definitions)) wake(key);
  return store.subscribe(({ collection, kind, stored }) => {
    if (kind === "deleted" && collection !== definitions) {
      const owner = store.get(definitions, collection);
      if (owner === undefined || metadataOf(owner.object)["deletionTimestamp"] === undefined) return;
      queueMicrotask(() => {
        wake(collection);
      });
      return;
    }
    if (collection !== definitions || kind === "deleted") return;
    queueMicrotask(() => {
      wake(stored.key);
    });
  });
}

/** Deletes the objects of a definition; lets it go once there are none. */
async function end(api: Api, definition: JsonObject): Promise<void> {
  const finalizers = finalizersOf(definition);
  if (!finalizers.includes(cleanup)) return;
  const { spec } = definition;
  const collection = `${textOf(get(get(spec, "names"), "plural"))}.${textOf(get(spec, "group"))}`;
  for (const object of api.list(collection)) {
    const { namespace, name, deletionTimestamp } = metadataOf(object);
    if (deletionTimestamp === undefined) {
      await api.delete(collection, { namespace: textOf(namespace), name: textOf(name) });
    }
  }
  if (api.list(collection).length > 0) return;
  const left = finalizers.filter((one) => one !== cleanup);
  await api.update(definitions, withMetadata(definition, { finalizers: left.length === 0 ? undefined : left }));
}
