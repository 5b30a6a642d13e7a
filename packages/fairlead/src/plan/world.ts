import type { KrmObject } from "@fairlead/krm";
import type { AppSpec } from "../kinds/app.ts";
import type { CloudIdentitySpec } from "../kinds/cloud-identity.ts";
import type { ConnectionPoolSpec } from "../kinds/connection-pool.ts";
import type { EnvironmentSpec } from "../kinds/environment.ts";
import type { RouteSpec } from "../kinds/route.ts";
import type { SubscriptionSpec } from "../kinds/subscription.ts";
import type { TaskSpec } from "../kinds/task.ts";
import type { TopicSpec } from "../kinds/topic.ts";
import type { Declaration } from "./declaration.ts";

/** The specs of the kinds that other planners look up. */
export interface DeclaredSpecs {
  App: AppSpec;
  Task: TaskSpec;
  Route: RouteSpec;
  Topic: TopicSpec;
  Subscription: SubscriptionSpec;
  ConnectionPool: ConnectionPoolSpec;
  CloudIdentity: CloudIdentitySpec;
}

/**
 * The observed objects, indexed, as planners see them. Everything is read-only; a lookup costs the same however many
 * objects there are.
 */
export interface World {
  /** The environment that is rendered: its name, if one was chosen, and its settings. */
  readonly environment: { readonly name: string | undefined; readonly settings: EnvironmentSpec };
  /** A declared object of ours; objects without a namespace are found from every namespace. */
  declared<K extends string>(kind: K, namespace: string | undefined, name: string): Declaration<SpecOf<K>> | undefined;
  /** Whether an object of ours is in the input and could not be read: it has findings of its own, and is not missing. */
  broken(kind: string, namespace: string | undefined, name: string): boolean;
  /** All declared objects of a kind, in the order of their references. */
  allDeclared<K extends string>(kind: K): readonly Declaration<SpecOf<K>>[];
  /** An object that is passed through, such as a ConfigMap or an ExternalSecret, whatever its version. */
  object(kind: string, namespace: string | undefined, name: string): KrmObject | undefined;
  /** All passed-through objects of a kind, in the order of their references. */
  allObjects(kind: string): readonly KrmObject[];
}

type SpecOf<K extends string> = K extends keyof DeclaredSpecs ? DeclaredSpecs[K] : { [field: string]: never };
