import type { JsonObject } from "@fairlead/apimachinery";
import type { HookClient, Labels, ProxyShape } from "./facts.ts";

/**
 * What would be injected into a pod of this template? Asked once for each key: template, webhooks that would be called,
 * labels and annotations of the namespace, ProxyConfigs in force. A workload's name and namespace are not part of it, for
 * what names the owner is not compared.
 */
export interface Question {
  readonly key: string;
  readonly cluster: string;
  /** One namespace in which it is asked, of those that would get the same answer. */
  readonly namespace: string;
  readonly injector: Injector;
  /** The pod to ask with: `metadata` and `spec` of a template, and a name that nothing has. */
  readonly pod: JsonObject;
}

/** An injector, as the API server finds it for a new pod. */
export interface Injector {
  /** `CONFIGURATION/WEBHOOK/INDEX`. */
  readonly id: string;
  readonly revision: string;
  readonly client: HookClient | undefined;
  readonly timeoutSeconds: number;
  /** Everything that its answers depend on besides the question: ConfigMaps, the webhook, the control plane. */
  readonly inputs: string;
}

export type Answer =
  | {
      readonly kind: "injected";
      /** Undefined: it leaves the pod as it is. */
      readonly proxy: ProxyShape | undefined;
      /** Clock time at which it was asked: pods that came later should have it. */
      readonly at: number;
      /** `dry-run`: what other webhooks put in shows as well, so that what it has not is really gone. Left out: `injector`. */
      readonly by?: "injector" | "dry-run";
    }
  /** It could not be asked, or answered nonsense; asked again by the shell, after a growing time. */
  | { readonly kind: "failed"; readonly message: string };

export interface Answers {
  get(question: Question): Answer | undefined;
  /**
   * Whether an injector serves the configuration that is written: `serving`; `settling` and why (its control plane rolls
   * out, it still answers by the old one).
   */
  state(cluster: string, injector: Injector): InjectorState;
}

export type InjectorState =
  | { readonly kind: "serving" }
  | { readonly kind: "settling"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

/** Which injectors a new pod would meet. */
export type Injection =
  | { readonly kind: "none" }
  | { readonly kind: "one"; readonly injector: Injector }
  /**
   * Several would be called for one pod. Istio's injector takes out what another one put in, and injects anew: the last
   * counts.
   */
  | { readonly kind: "several"; readonly injector: Injector; readonly others: readonly string[] }
  /** It cannot be told from here: a condition asks the authorizer, an expression fails. */
  | { readonly kind: "unknown"; readonly reason: string };

export interface NewPod {
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  /** Kind and group of what will make it, such as `Deployment.apps`: labels, names and users go by it. Left out: a person. */
  readonly maker?: string;
  /** Name of what will make it: pods are named after it. */
  readonly owner?: string;
  /** For conditions that ask about more than labels. */
  readonly spec?: JsonObject;
}

/**
 * Pods that came to be after an answer, from the present template, and are not what it says: the answer may be old. To be
 * asked again, once for each answer.
 */
export interface Doubt {
  readonly question: Question;
  /** RFC 3339: of the youngest such pod. An answer that was asked for later is no longer in doubt. */
  readonly since: string;
}
