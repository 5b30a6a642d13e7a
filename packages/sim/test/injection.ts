import assert from "node:assert/strict";
import type { JsonObject } from "@fairlead/apimachinery";
import { inject, type Injection } from "../src/injector/inject/inject.ts";
import type { InjectionContext } from "../src/injector/inject/context.ts";
import { readInjectionConfig } from "../src/injector/inject/injection-config.ts";
import { injectorConfigMap, meshConfigMap, type IstioOptions } from "../src/injector/objects/istio-objects.ts";

/** The context of a control plane: 1.28.0 unless told. */
export function contextOf(
  options: Partial<IstioOptions> = {},
  more: Partial<Omit<InjectionContext, "config">> = {},
): InjectionContext {
  const full = { version: "1.28.0", ...options };
  const config = readInjectionConfig(injectorConfigMap(full), meshConfigMap(full));
  assert.equal(config.kind, "config", config.kind === "invalid" ? config.message : "");
  return { config, revision: full.revision ?? "", namespace: "shop", ...more };
}

export interface PodOptions {
  readonly labels?: JsonObject;
  readonly annotations?: JsonObject;
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
}

/** A pod of the Deployment `web`, as its ReplicaSet creates it. */
export function podOf({ labels, annotations, metadata, spec }: PodOptions = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: "web-5d8f7c9b4-",
      labels: { app: "web", "pod-template-hash": "5d8f7c9b4", ...labels },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-5d8f7c9b4", uid: "1", controller: true },
      ],
      ...metadata,
    },
    spec: { containers: [{ name: "web", image: "web:1", ports: [{ containerPort: 8080 }] }], ...spec },
  };
}

/** The injected pod; fails the test where none is injected. */
export function injected(
  pod: JsonObject,
  context: InjectionContext,
): Extract<Injection, { readonly kind: "injected" }> {
  const injection = inject(pod, context);
  assert.equal(injection.kind, "injected", JSON.stringify(injection).slice(0, 300));
  return injection;
}
