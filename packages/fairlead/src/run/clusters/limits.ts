import type { ClientOptions, InformersOptions } from "@fairlead/kube";
import type { RegistrySettings } from "../../plan/mesh/config/registry-settings.ts";

/** How much is read of one cluster: what a broken or hostile one can cost the controller, and so all others. */
export type ClusterLimits = RegistrySettings["limits"];

/** A call that takes longer is given up: it holds up its own cluster only, but not for good. */
const deadlineMs = 15_000;

export function clientOptions({ bodyBytes, eventBytes }: ClusterLimits): ClientOptions {
  return { deadlineMs, maxBodyBytes: bodyBytes, maxEventBytes: eventBytes, connectTimeoutMs: 5_000 };
}

/** Small pages: what is read of one cluster at a time is parsed in one go, and others wait for that. */
export const readTimings: NonNullable<InformersOptions["timings"]> = {
  firstPage: 250,
  pageBytes: 2 << 20,
  pageMs: 30_000,
};
