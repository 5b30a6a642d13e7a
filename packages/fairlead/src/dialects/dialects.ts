import { groupOf } from "@fairlead/krm";
import { convertCloudIdentity } from "./cloud-identity.ts";
import { convertConnectionPool } from "./connection-pool.ts";
import { convertContainerTemplate } from "./container-template.ts";
import { convertDeployment } from "./deployment.ts";
import type { Dialect } from "./dialect.ts";
import { convertSubscription, convertTopic } from "./messaging.ts";
import { convertRoute } from "./route.ts";
import { convertTask } from "./task.ts";

export { originalPath } from "./dialect.ts";
export type { Conversion, ConvertOptions, Dialect, FieldMap, FieldMapping } from "./dialect.ts";

/** The foreign kinds that Fairlead reads, whatever their apiVersion is. */
export const dialects: ReadonlyMap<string, Dialect> = new Map<string, Dialect>([
  ["LummoDeployment", { kind: "App", convert: convertDeployment("LummoDeployment") }],
  ["LummoRollout", { kind: "App", convert: convertDeployment("LummoRollout") }],
  ["LummoJob", { kind: "Task", convert: convertTask("LummoJob") }],
  ["LummoCron", { kind: "Task", convert: convertTask("LummoCron") }],
  ["LummoContainer", { kind: "ContainerTemplate", convert: convertContainerTemplate }],
  ["LummoNetworking", { kind: "Route", convert: convertRoute }],
  ["LummoTopic", { kind: "Topic", convert: convertTopic("LummoTopic") }],
  ["PubsubTopic", { kind: "Topic", convert: convertTopic("PubsubTopic") }],
  ["LummoSubscription", { kind: "Subscription", convert: convertSubscription("LummoSubscription") }],
  ["PubsubSubscription", { kind: "Subscription", convert: convertSubscription("PubsubSubscription") }],
  ["pgbouncer", { kind: "ConnectionPool", convert: convertConnectionPool }],
  ["LummoIAM", { kind: "CloudIdentity", convert: convertCloudIdentity }],
]);

/**
 * The dialect of an object, if it is written in one. Any apiVersion will do (the predecessor never looked at it) but
 * one: `PubsubTopic` or `pgbouncer` in a group with a domain is somebody else's kind.
 */
export function dialectOf(apiVersion: unknown, kind: unknown): Dialect | undefined {
  if (typeof kind !== "string") return undefined;
  const dialect = dialects.get(kind);
  if (dialect === undefined || typeof apiVersion !== "string" || kind.startsWith("Lummo")) return dialect;
  return isOfOtherDomain(apiVersion) ? undefined : dialect;
}

/** A group with a domain that is not the predecessor's. */
export function isOfOtherDomain(apiVersion: string): boolean {
  const group = groupOf(apiVersion);
  return group.includes(".") && !/lummo|krm|bukukas/i.test(group);
}
