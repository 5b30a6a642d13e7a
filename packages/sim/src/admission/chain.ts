import type { JsonObject } from "@fairlead/apimachinery";
import type { AdmissionPlugin, AdmissionRequest, MutationRound } from "./admission.ts";

/** All plugins of a server, as the verbs call them: first everybody may change, then everybody looks. */
export interface Admission {
  /** The object to go on with; undefined for requests that have none. Throws ApiError. */
  mutate(request: AdmissionRequest): Promise<JsonObject | undefined>;
  /** Throws ApiError. */
  validate(request: AdmissionRequest): Promise<void>;
}

/**
 * Runs the plugins in the order given. One that does not handle the request costs the call of `handles`. A deletion has
 * nothing to change: `validate` asks the plugins that change things too.
 */
export function createAdmission(plugins: readonly AdmissionPlugin[]): Admission {
  const mutating = plugins.filter((plugin) => plugin.mutate !== undefined);
  const validating = plugins.filter((plugin) => plugin.validate !== undefined);
  const once = async (request: AdmissionRequest, round: MutationRound): Promise<AdmissionRequest> => {
    let current = request;
    for (const plugin of mutating) {
      if (!plugin.handles(current)) continue;
      const made = plugin.mutate!(current, round);
      const object = made instanceof Promise ? await made : made;
      if (object !== current.object && current.object !== undefined) current = { ...current, object };
    }
    return current;
  };
  const mutate = async (request: AdmissionRequest): Promise<JsonObject | undefined> => {
    let isWanted = false;
    const kept = new Map<string, unknown>();
    let current = await once(request, { isAgain: false, kept, callAgain: () => (isWanted = true) });
    if (isWanted) current = await once(current, { isAgain: true, kept, callAgain: () => {} });
    return current.object;
  };
  return {
    mutate: async (request) => (request.operation === "DELETE" ? undefined : mutate(request)),
    validate: async (request) => {
      if (request.operation === "DELETE") await mutate(request);
      for (const plugin of validating) {
        if (!plugin.handles(request)) continue;
        const done = plugin.validate!(request);
        if (done instanceof Promise) await done;
      }
    },
  };
}
