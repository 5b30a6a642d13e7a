import type { JsonObject } from "@fairlead/apimachinery";
import type { AppSpec } from "../../kinds/app.ts";
import { items, object, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";

/** The name that the predecessor gave every Pub/Sub trigger. */
const compatAuthentication = "keda-trigger-auth-gcp-credentials";

/** The credentials of a queue trigger: its own, the App's only one, the environment's. */
export function queueAuthentication(
  context: WorkloadContext<AppSpec>,
  own: unknown,
  queue: "pubsub" | "rabbitmq" | "kafka",
): JsonObject | undefined {
  const name = text(own) ?? sharedAuthentication(context);
  if (name !== undefined) return reference(context, name);
  return queue === "pubsub" && context.mode === "compat" ? { name: compatAuthentication } : undefined;
}

function sharedAuthentication(context: WorkloadContext<AppSpec>): string | undefined {
  const owned = items(object(context.spec.scaling)?.triggerAuthentications);
  if (owned.length === 1) return text(owned[0]!.name);
  return text(object(context.world.environment.settings.scaling)?.authentication);
}

/** A cluster-wide one is known by being in the input as such. */
export function reference(context: WorkloadContext<AppSpec>, name: string | undefined): JsonObject | undefined {
  if (name === undefined) return undefined;
  const { world, declaration, spec } = context;
  const owned = items(object(spec.scaling)?.triggerAuthentications).some((one) => one.name === name);
  if (owned || world.object("TriggerAuthentication", declaration.namespace, name) !== undefined) return { name };
  const shared = world.object("ClusterTriggerAuthentication", undefined, name) !== undefined;
  return shared ? { name, kind: "ClusterTriggerAuthentication" } : { name };
}
