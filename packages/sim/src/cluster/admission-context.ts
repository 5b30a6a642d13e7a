import type { AdmissionContext } from "../admission/admission.ts";
import { atRevision, isSame } from "../api/registry/commit.ts";
import { metadataOf, nameOf, namespaceOf } from "../api/registry/metadata.ts";
import { listObjects } from "../api/registry/parts.ts";
import type { Server } from "../api/server.ts";
import { storeKey } from "../resources/kind.ts";

/** What admission plugins see and do: the store as it is now. `server` is asked late: the plugins are a part of it. */
export function admissionContext(server: () => Server): AdmissionContext {
  return {
    get: (collection, namespace, name) => server().store.get(collection, storeKey(namespace, name))?.object,
    list: (collection, namespace) => listObjects(server().store, collection, namespace),
    updateStatus: (collection, object, status) => {
      const { store } = server();
      const key = storeKey(namespaceOf(object), nameOf(object));
      const expected = Number(metadataOf(object)["resourceVersion"]);
      const next = { ...object, status };
      if (isSame(next, object)) return true;
      return store.put(collection, key, expected, (revision) => atRevision(next, revision)) !== undefined;
    },
  };
}
