import type { JsonObject } from "@fairlead/apimachinery";
import { ignoredNamespaces } from "../inject/is-required.ts";

/** How an API server reaches an injector. */
export type InjectorClient =
  | { readonly kind: "service"; readonly namespace: string; readonly name: string; readonly path: string }
  | { readonly kind: "url"; readonly url: string };

export interface WebhookOptions {
  readonly name: string;
  readonly labels: JsonObject;
  readonly annotations?: JsonObject;
  /** The value of `istio.io/rev` that these webhooks answer to: a revision or a tag. */
  readonly answersTo: string;
  /** Answers to `istio-injection=enabled` and to pods that ask by themselves, too. */
  readonly isDefault: boolean;
  readonly enableNamespacesByDefault: boolean;
  readonly client: InjectorClient;
  /** PEM. */
  readonly authority?: string;
  readonly reinvocationPolicy: string;
  readonly failurePolicy: string;
  readonly timeoutSeconds?: number;
}

const expression = (key: string, operator: string, ...values: readonly string[]): JsonObject =>
  values.length === 0 ? { key, operator } : { key, operator, values: [...values] };

const rev = "istio.io/rev";
const injection = "istio-injection";
const inject = "sidecar.istio.io/inject";

/** A MutatingWebhookConfiguration with the webhooks and selectors that Istio's chart gives to a revision or a tag. */
export function webhookConfiguration(options: WebhookOptions): JsonObject {
  const { answersTo, isDefault, enableNamespacesByDefault } = options;
  const noRevision = expression(rev, "DoesNotExist");
  const noInjection = expression(injection, "DoesNotExist");
  const notRefused = expression(inject, "NotIn", "false");
  const webhooks = [
    webhook("rev.namespace.", options, [expression(rev, "In", answersTo), noInjection], [notRefused]),
    webhook("rev.object.", options, [noRevision, noInjection], [notRefused, expression(rev, "In", answersTo)]),
  ];
  if (isDefault) {
    webhooks.push(
      webhook("namespace.", options, [expression(injection, "In", "enabled")], [notRefused]),
      webhook("object.", options, [noInjection, noRevision], [expression(inject, "In", "true"), noRevision]),
    );
    if (enableNamespacesByDefault) {
      const notOurs = expression("kubernetes.io/metadata.name", "NotIn", ...ignoredNamespaces);
      const notAsked = expression(inject, "DoesNotExist");
      webhooks.push(webhook("auto.", options, [noInjection, noRevision, notOurs], [notAsked, noRevision]));
    }
  }
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: {
      name: options.name,
      labels: options.labels,
      ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    },
    webhooks,
  };
}

function webhook(prefix: string, options: WebhookOptions, namespaces: JsonObject[], objects: JsonObject[]): JsonObject {
  const { client, authority, reinvocationPolicy, failurePolicy, timeoutSeconds } = options;
  return {
    name: `${prefix}sidecar-injector.istio.io`,
    clientConfig: {
      ...(client.kind === "url"
        ? { url: client.url }
        : { service: { name: client.name, namespace: client.namespace, path: client.path, port: 443 } }),
      ...(authority === undefined ? {} : { caBundle: Buffer.from(authority).toString("base64") }),
    },
    sideEffects: "None",
    rules: [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }],
    failurePolicy,
    reinvocationPolicy,
    admissionReviewVersions: ["v1"],
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    namespaceSelector: { matchExpressions: namespaces },
    objectSelector: { matchExpressions: objects },
  };
}
