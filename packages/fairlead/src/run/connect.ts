import type { Clock } from "@fairlead/apimachinery";
import { createClient, createInformers, type ClusterAccess } from "@fairlead/kube";
import type { ClusterConnection } from "./attach.ts";
import { errorFields, type Log } from "./log.ts";

export interface ConnectOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** `fairlead/v0.1.0`. */
  readonly userAgent: string;
}

/** Prepares a cluster for a manager; connections are made when they are needed. */
export function connectCluster(access: ClusterAccess, options: ConnectOptions): ClusterConnection {
  const { clock, random, log, userAgent } = options;
  const client = createClient(access, { userAgent });
  const onError = (error: unknown, { resource }: { readonly resource: { readonly kind: string } }) =>
    log.error({ cluster: access.name, kind: resource.kind, error: errorFields(error) }, "a listener failed");
  return { name: access.name, client, informers: createInformers(client, { clock, random, onError }) };
}
