import { schemaForKind } from "@fairlead/apimachinery";
import { strategyOf } from "../strategies/strategies.ts";
import { storeCollection, type Kind, type Kinds } from "./kind.ts";
import { apiVersionOf, collectionOf, type Resource, type ResourceTable } from "./resource.ts";

/** Kinds of custom resources, by the names of their definitions. */
export interface CustomKinds {
  of(resource: Resource): Kind | undefined;
}

export function createKinds(custom: CustomKinds, table: Pick<ResourceTable, "preferred">): Kinds {
  const known = new Map<string, Kind>();
  return {
    of(resource) {
      if (resource.definition !== undefined) {
        const found = custom.of(resource);
        if (found !== undefined) return found;
      }
      const collection = collectionOf(resource);
      const there = known.get(collection);
      if (there !== undefined) return there;
      // What another group holds is of that group's kind: its objects are checked and kept as those.
      const kind = builtinKind(
        resource.storedIn === undefined ? resource : (table.preferred(resource.storedIn) ?? resource),
      );
      known.set(collection, kind);
      return kind;
    },
  };
}

const endpointsWarning = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";

function builtinKind(served: Resource): Kind {
  const resource = { ...served, version: served.storageVersion };
  const schema = schemaForKind(apiVersionOf(resource), resource.kind);
  const collection = storeCollection(resource);
  return {
    resource,
    collection,
    strategy: strategyOf(collection),
    schema,
    isCustom: false,
    hasStatus: resource.subresources.has("status"),
    ...(collection === "endpoints" ? { deprecationWarning: endpointsWarning } : {}),
  };
}
