import type { ElectionChange } from "@fairlead/kube";
import type { Log } from "./log.ts";

/** Logs why nobody can lead: without it, a controller without rights or namespace for its Lease would stand in silence. */
export function logLease(
  log: Log,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): (change: ElectionChange) => void {
  const lease = `${namespace}/${name}`;
  return (change) => {
    if (change.kind === "failing") log.warn({ lease, error: change.error }, "the Lease cannot be read or written");
    if (change.kind === "recovered") log.info({ lease }, "the Lease can be read and written again");
  };
}
