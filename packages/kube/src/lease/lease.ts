import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { ObjectKey, Resource } from "../resource.ts";
import { microTime } from "./micro-time.ts";

export const leases: Resource = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
};

/** What a Lease says, as far as anybody relies on it. Another's times are not read: clocks differ. */
export interface LeaseRecord {
  /** Empty when nobody holds it. */
  readonly holder: string;
  /** How long others wait after the last change that they saw; undefined when it is not said. */
  readonly durationMs: number | undefined;
  readonly transitions: number;
}

/** Reads a Lease; whatever is not what it should be counts as not said. */
export function readLease(lease: KrmObject): LeaseRecord {
  const spec = get(lease, "spec");
  const holder = get(spec, "holderIdentity");
  const seconds = get(spec, "leaseDurationSeconds");
  const transitions = get(spec, "leaseTransitions");
  return {
    holder: typeof holder === "string" ? holder : "",
    durationMs: typeof seconds === "number" && seconds > 0 ? seconds * 1000 : undefined,
    transitions: typeof transitions === "number" && transitions >= 0 ? transitions : 0,
  };
}

export interface LeaseWrite {
  /** Absent: the Lease is given up. */
  readonly holder?: string;
  readonly transitions: number;
  readonly durationMs: number;
  /** Whether the holder is a new one, whose time begins now. */
  readonly acquired: boolean;
}

/** The Lease to write: everything of `previous` that is not ours stays, its resourceVersion too. */
export function leaseObject(
  key: ObjectKey,
  previous: KrmObject | undefined,
  write: LeaseWrite,
  now: number,
): KrmObject {
  const time = microTime(now);
  const before = get(previous, "spec");
  const spec: JsonObject = { ...(isObject(before) ? before : {}) };
  // The API takes whole seconds; others wait longer then, never shorter.
  spec["leaseDurationSeconds"] = Math.ceil(write.durationMs / 1000);
  spec["leaseTransitions"] = write.transitions;
  spec["renewTime"] = time;
  if (write.acquired) spec["acquireTime"] = time;
  if (write.holder === undefined) delete spec["holderIdentity"];
  else spec["holderIdentity"] = write.holder;
  const base: KrmObject = previous ?? { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { ...key } };
  return { ...base, spec };
}
