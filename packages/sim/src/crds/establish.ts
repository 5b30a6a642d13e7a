import type { Clock } from "@fairlead/apimachinery";
import type { Api } from "../controllers/controller.ts";
import type { Store } from "../store/store.ts";
import { definitions } from "./custom-kinds.ts";
import { definitionStatus } from "./definition-status.ts";

/** Accepts the names of definitions and establishes them, right after they are written, as apiextensions does. */
export function establishDefinitions(
  store: Store,
  api: Api,
  clock: Clock,
  onError: (error: unknown) => void,
): () => void {
  const visit = async (name: string): Promise<void> => {
    const definition = api.get(definitions, { namespace: "", name });
    if (definition === undefined) return;
    const status = definitionStatus(definition, api.list(definitions), clock.now());
    if (status !== undefined) await api.updateStatus(definitions, { ...definition, status });
  };
  for (const { key } of store.range(definitions)) visit(key).catch(onError);
  return store.subscribe(({ collection, kind, stored }) => {
    if (collection !== definitions || kind === "deleted") return;
    queueMicrotask(() => {
      visit(stored.key).catch(onError);
    });
  });
}
