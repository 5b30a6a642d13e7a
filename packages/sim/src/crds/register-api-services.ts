import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { nameOf } from "../api/registry/metadata.ts";
import type { Api } from "../controllers/controller.ts";
import { ApiError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { definitions } from "./custom-kinds.ts";

const services = "apiservices.apiregistration.k8s.io";
const managedLabel = "kube-aggregator.kubernetes.io/automanaged";

/**
 * Keeps an APIService for each group and version that definitions serve, as kube-apiserver's auto-registration does:
 * made when the first definition comes, deleted with the last one. What somebody else has made stays as it is.
 */
export function registerApiServices(store: Store, api: Api, onError: (error: unknown) => void): () => void {
  let isRunning = false;
  let isWanted = false;
  let isClosed = false;
  const sync = async (): Promise<void> => {
    const wanted = wantedServices(api.list(definitions));
    for (const [name, service] of wanted) {
      if (api.get(services, { namespace: "", name }) === undefined) await tolerant(() => api.create(services, service));
    }
    for (const service of api.list(services)) {
      const name = nameOf(service);
      const isOurs = get(get(service["metadata"], "labels"), managedLabel) === "true";
      if (isOurs && !wanted.has(name)) await tolerant(() => api.delete(services, { namespace: "", name }));
    }
  };
  const run = async (): Promise<void> => {
    isRunning = true;
    try {
      while (isWanted && !isClosed) {
        isWanted = false;
        await sync();
      }
    } catch (error) {
      onError(error);
    } finally {
      isRunning = false;
    }
  };
  const wake = (): void => {
    isWanted = true;
    if (isRunning) return;
    queueMicrotask(() => {
      if (!isRunning) void run();
    });
  };
  if (store.count(definitions) > 0) wake();
  const close = store.subscribe(({ collection, kind }) => {
    if (collection === definitions || (collection === services && kind === "deleted")) wake();
  });
  return () => {
    isClosed = true;
    close();
  };
}

/** Somebody else may be faster. */
async function tolerant(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 409)) throw error;
  }
}

function wantedServices(all: readonly JsonObject[]): Map<string, JsonObject> {
  const wanted = new Map<string, JsonObject>();
  for (const { spec } of all) {
    const group = textOf(get(spec, "group"));
    const versions = get(spec, "versions");
    for (const one of Array.isArray(versions) ? versions : []) {
      if (get(one, "served") !== true) continue;
      const version = textOf(get(one, "name"));
      wanted.set(`${version}.${group}`, apiService(group, version));
    }
  }
  return wanted;
}

function apiService(group: string, version: string): JsonObject {
  return {
    metadata: { name: `${version}.${group}`, labels: { [managedLabel]: "true" } },
    spec: { group, version, groupPriorityMinimum: 1000, versionPriority: 100 },
  };
}
