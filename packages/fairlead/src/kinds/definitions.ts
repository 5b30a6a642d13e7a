/** Every kind's definition. Only the generator and tests import this list: it loads TypeBox. */
import { app } from "./app.ts";
import { cloudIdentity } from "./cloud-identity.ts";
import { connectionPool } from "./connection-pool.ts";
import { containerTemplate } from "./container-template.ts";
import type { KindDefinition } from "./define.ts";
import { environment } from "./environment.ts";
import { meshConfig } from "./mesh-config.ts";
import { route } from "./route.ts";
import { sidecarPolicy } from "./sidecar-policy.ts";
import { subscription } from "./subscription.ts";
import { task } from "./task.ts";
import { topic } from "./topic.ts";

export const definitions: readonly KindDefinition[] = [
  app,
  task,
  containerTemplate,
  route,
  topic,
  subscription,
  connectionPool,
  cloudIdentity,
  environment,
  meshConfig,
  sidecarPolicy,
];
