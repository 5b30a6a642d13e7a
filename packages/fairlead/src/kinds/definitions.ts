/** Every kind's definition. Only the generator and tests import this list: it loads TypeBox. */
import { app } from "./app.ts";
import { containerTemplate } from "./container-template.ts";
import type { KindDefinition } from "./define.ts";
import { environment } from "./environment.ts";
import { task } from "./task.ts";

export const definitions: readonly KindDefinition[] = [app, task, containerTemplate, environment];
