import type { EnvFromSource, EnvVar } from "@fairlead/apimachinery/k8s";
import type { AppContainer } from "../../kinds/container.ts";
import { items, texts } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { datadogVariables } from "./datadog.ts";
import { poolVariables } from "./pools.ts";

/** Sources of variables: those written, then `configs`, then `secrets`; of two that set a variable the later counts. */
export function environmentSources(container: AppContainer): EnvFromSource[] {
  return [
    ...items(container.envFrom),
    ...texts(container.configs).map((name) => ({ configMapRef: { name } })),
    ...texts(container.secrets).map((name) => ({ secretRef: { name } })),
  ];
}

/** Ours come first, so that those written can refer to them; a variable that is written is never set by us. */
export function variables(context: WorkloadContext, container: AppContainer, serves: boolean): EnvVar[] {
  const written = items(container.env);
  if (!serves) return [...written];
  const names = new Set(written.map(({ name }) => name));
  const ours = [...datadogVariables(context), ...poolVariables(context)];
  return [...ours.filter(({ name }) => !names.has(name)), ...written];
}
