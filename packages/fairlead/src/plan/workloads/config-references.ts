import type { Volume } from "@fairlead/apimachinery/k8s";
import { items, object, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { environmentSources, variables } from "./variables.ts";

export interface ConfigReference {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
}

/** Every ConfigMap and Secret that the pods read, each once, by kind and name: variables, volumes, projections. */
export function configReferences(context: WorkloadContext): ConfigReference[] {
  const found = new Map<string, ConfigReference>();
  const add = (kind: "ConfigMap" | "Secret", value: unknown): void => {
    const name = text(value);
    if (name !== undefined) found.set(`${kind}/${name}`, { kind, name });
  };
  for (const container of [...context.initContainers, ...context.containers]) {
    for (const source of environmentSources(container)) {
      add("ConfigMap", object(source.configMapRef)?.name);
      add("Secret", object(source.secretRef)?.name);
    }
    for (const { valueFrom } of variables(context, container, true)) {
      add("ConfigMap", object(object(valueFrom)?.configMapKeyRef)?.name);
      add("Secret", object(object(valueFrom)?.secretKeyRef)?.name);
    }
  }
  for (const volume of items<Volume>(context.spec.volumes)) {
    add("ConfigMap", object(volume.configMap)?.name);
    add("Secret", object(volume.secret)?.secretName);
    for (const source of items(object(volume.projected)?.sources)) {
      add("ConfigMap", object(source.configMap)?.name);
      add("Secret", object(source.secret)?.name);
    }
  }
  return [...found.keys()].sort().map((key) => found.get(key)!);
}
