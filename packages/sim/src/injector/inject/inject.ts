import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { pathVariables, type InjectionContext } from "./context.ts";
import { finishPod, placeVariables } from "./finish-pod.ts";
import { annotationProblem } from "./annotation-problem.ts";
import { isRequired, type SkipReason } from "./is-required.ts";
import { jsonDiff } from "./json-diff.ts";
import { proxyConfigOf } from "./mesh-config.ts";
import { stripped, withOverrides } from "./overrides.ts";
import { runTemplates } from "./run-templates.ts";

export type Injection =
  /** The pod stays as it is. */
  | { readonly kind: "skipped"; readonly reason: SkipReason }
  | {
      readonly kind: "injected";
      /** JSON patch (RFC 6902) for the pod as it came. */
      readonly patch: readonly JsonObject[];
      /** The pod with the patch applied. */
      readonly pod: JsonObject;
    }
  /** The webhook denies the pod with this message. */
  | { readonly kind: "failed"; readonly message: string };

/**
 * What istiod's webhook makes of a new pod: whether it injects at all, and then the rendered templates laid over the
 * pod by strategic merge, the user's own `istio-proxy` over that, and what templates cannot do. Pure: the same pod and
 * context give the same patch. Never throws for any pod; bounded by the limits of templates.
 */
export function inject(pod: JsonObject, context: InjectionContext): Injection {
  const { config } = context;
  const namespace = textOf(get(get(pod, "metadata"), "namespace")) || context.namespace;
  const required = isRequired(pod, namespace, config);
  if (required.kind === "skip") return { kind: "skipped", reason: required.reason };
  if (!isObject(get(pod, "spec"))) return { kind: "failed", message: "the pod has no spec" };
  const problem = annotationProblem(pod);
  if (problem !== undefined) return { kind: "failed", message: `failed to run injection template: ${problem}` };
  const proxyConfig = proxyConfigOf(
    { namespace, metadata: get(pod, "metadata") },
    config.mesh,
    context.proxyConfigs ?? [],
  );
  if (typeof proxyConfig === "string")
    return { kind: "failed", message: `failed to run injection template: ${proxyConfig}` };
  const run = runTemplates(pod, stripped(pod), proxyConfig, { ...context, namespace });
  if (run.kind === "failed") return run;
  const overridden = withOverrides(run.merged, pod, run.template, proxyConfig);
  if (overridden["kind"] === "failed") return overridden as Extract<Injection, { readonly kind: "failed" }>;
  const variables = placeVariables(pod, pathVariables(context.path ?? "/inject"), config.values);
  const finished = finishPod(overridden as JsonObject, {
    pod,
    template: run.template,
    proxyConfig,
    variables,
    context,
  });
  if (finished["kind"] === "failed") return finished as Extract<Injection, { readonly kind: "failed" }>;
  const injected = finished as JsonObject;
  return { kind: "injected", patch: jsonDiff(pod, injected), pod: injected };
}
