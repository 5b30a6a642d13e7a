import { get, isObject, schemaForKind, strategicMerge, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import { message, plain, struct, type GoValue } from "../template/go-values.ts";
import { injectionFunctions } from "../template/istio-functions.ts";
import { renderTemplate } from "../template/render.ts";
import type { InjectionContext } from "./context.ts";
import { initImage, proxyImage } from "./images.ts";
import { shortProxyConfig } from "./mesh-config.ts";
import { ownerOf } from "./owner-of.ts";
import { annotationsOf, at, named, objectsIn, proxyContainer, textAt } from "./pod-parts.ts";

export interface TemplatesRun {
  readonly kind: "run";
  /** The pod with the templates over it. */
  readonly merged: JsonObject;
  /** The templates alone. */
  readonly template: JsonObject;
}

export type Failed = { readonly kind: "failed"; readonly message: string };

/** A strategic merge patch for pods. */
export function overlay(pod: JsonObject, patch: JsonObject): JsonObject {
  return strategicMerge(pod, patch, schemaForKind("v1", "Pod")) as JsonObject;
}

/**
 * Renders the templates that the pod asks for (`inject.istio.io/templates`), or the default ones, and lays each over
 * the pod. `stripped` is the pod without what an earlier injection has added: templates see that one.
 */
export function runTemplates(
  pod: JsonObject,
  stripped: JsonObject,
  proxyConfig: JsonObject,
  context: InjectionContext,
): TemplatesRun | Failed {
  const { config } = context;
  const annotations = annotationsOf(pod["metadata"]);
  const native = nativeWish(annotations["sidecar.istio.io/nativeSidecar"], context.nativeSidecars ?? false);
  const data = templateData(stripped, proxyConfig, context);
  const functions = new Map([...injectionFunctions(context.environment), ["protoToJSON", protoToJson] as const]);
  let merged = pod;
  let template: JsonObject = {};
  for (const name of templateNames(annotations["inject.istio.io/templates"], config)) {
    const found = config.templates.get(name);
    if (found === undefined) {
      const known = [...config.templates.keys()].sort().join(", ");
      return {
        kind: "failed",
        message: `failed to run injection template: requested template "${name}" not found; have ${known}`,
      };
    }
    const rendered = renderTemplate(found, data, { functions });
    if (rendered.kind === "invalid")
      return {
        kind: "failed",
        message: `failed to run injection template: template: ${name}:${rendered.line}: ${rendered.message}`,
      };
    const patch = podIn(rendered.text);
    if (typeof patch === "string")
      return {
        kind: "failed",
        message: `failed parsing generated injected YAML (check Istio sidecar injector configuration): ${patch}`,
      };
    template = overlay(template, patch);
    if (native) merged = movedToInit(merged, template);
    merged = overlay(merged, patch);
  }
  return { kind: "run", merged, template };
}

/** What is as everywhere is left out, which keeps pods small. */
function protoToJson(value: GoValue): string {
  const config = plain(value);
  return JSON.stringify(isObject(config) ? shortProxyConfig(config) : {});
}

function nativeWish(annotation: string | undefined, standard: boolean): boolean {
  return annotation === "true" ? true : annotation === "false" ? false : standard;
}

function templateNames(annotation: string | undefined, config: InjectionContext["config"]): readonly string[] {
  const asked = annotation === undefined ? config.defaultTemplates : annotation.split(",").map((one) => one.trim());
  return asked.slice(0, 50).flatMap((name) => config.aliases.get(name) ?? [name]);
}

/** Text says what is wrong. */
function podIn(text: string): JsonObject | string {
  const { documents, findings } = parseStream(text, { limits: { total: 4 << 20, depth: 100, aliasNodes: 1000 } });
  const mistake = findings.find((one) => one.severity === "error");
  if (mistake !== undefined) return mistake.message;
  const value: JsonValue = documents[0]?.value ?? {};
  return isObject(value) ? value : "not an object";
}

/** A user's own `istio-proxy` container customizes the proxy, so it has to be where the template has it. */
function movedToInit(pod: JsonObject, template: JsonObject): JsonObject {
  const containers = objectsIn(pod["spec"], "containers");
  const own = named(containers, proxyContainer);
  const isInit = named(objectsIn(template["spec"], "initContainers"), proxyContainer) !== undefined;
  if (own === undefined || !isInit) return pod;
  const spec = pod["spec"] as JsonObject;
  return {
    ...pod,
    spec: {
      ...spec,
      containers: containers.filter((one) => one !== own),
      initContainers: [...objectsIn(spec, "initContainers"), own],
    },
  };
}

const metaDefinition = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const specDefinition = "io.k8s.api.core.v1.PodSpec";
const proxyUser = 1337;

/** What templates see for their dot. */
function templateData(pod: JsonObject, proxyConfig: JsonObject, context: InjectionContext): GoValue {
  const { config, revision, namespace } = context;
  const owner = ownerOf(pod);
  const metadata = (get(pod, "metadata") ?? {}) as JsonObject;
  const { values, mesh } = config;
  const data: { readonly [key: string]: GoValue } = {
    TypeMeta: { Kind: owner.kind, APIVersion: owner.apiVersion },
    DeploymentMeta: { Name: owner.name, Namespace: namespace },
    ObjectMeta: struct(metadata, metaDefinition),
    Spec: struct((get(pod, "spec") ?? {}) as JsonObject, specDefinition),
    ProxyConfig: message(proxyConfig),
    MeshConfig: message(mesh),
    Values: values,
    Revision: revision,
    NativeSidecars: context.nativeSidecars ?? false,
    ProxyImage: proxyImage(values, proxyConfig, metadata),
    ProxyInitImage: initImage(values, metadata),
    ProxyUID: proxyUser,
    ProxyGID: proxyUser,
    InboundTrafficPolicyMode:
      textAt(mesh, "inboundTrafficPolicy", "mode").toLowerCase() === "localhost" ? "localhost" : "passthrough",
    CompliancePolicy: textAt(context.environment, "COMPLIANCE_POLICY"),
    // Templates of older versions ask for these.
    SidecarMode: at(values, "sidecarMode") ?? "",
  };
  // The interpreter looks at fields by `get`, which does not care what they hold.
  return data as unknown as JsonObject;
}
