import type { KrmObject } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import { text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { workloadKind } from "./replicas.ts";
import { auxiliaryService } from "./service.ts";

/** The Service that gives each pod of a StatefulSet its name; an empty `serviceName` says that there is none. */
export function headlessServiceName(context: WorkloadContext<AppSpec>): string | undefined {
  const { serviceName } = context.spec;
  return typeof serviceName === "string" ? text(serviceName) : `${context.name}-headless`;
}

/** The headless Service of a StatefulSet that names no other. */
export function planHeadlessService(context: WorkloadContext<AppSpec>): KrmObject | undefined {
  if (workloadKind(context.spec) !== "StatefulSet" || typeof context.spec.serviceName === "string") return undefined;
  return auxiliaryService(context, `${context.name}-headless`, "headless", { clusterIP: "None" });
}
