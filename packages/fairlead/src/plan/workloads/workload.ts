import type { KrmObject } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { integer, object } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { datadogLabels } from "./datadog.ts";
import { planDeployment } from "./deployment.ts";
import { podTemplate } from "./pod.ts";

/** The object that runs the pods. */
export function planWorkload(context: WorkloadContext<AppSpec>): KrmObject {
  const { declaration, world, spec } = context;
  const metadata = objectMetadata(declaration, world, {
    name: context.name,
    labels: datadogLabels(context),
    primary: true,
  });
  const template = podTemplate(context, {});
  const replicas = object(spec.scaling) === undefined ? integer(spec.replicas) : undefined;
  return planDeployment(context, metadata, template, replicas);
}
