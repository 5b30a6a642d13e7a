import type { JsonObject } from "@fairlead/apimachinery";
import { annotationsOf, at, textAt } from "./pod-parts.ts";
import { shown } from "../template/go-values.ts";

/** `HUB/NAME:TAG` of the proxy: variant and annotation `sidecar.istio.io/proxyImageType` decide over the tag's end. */
export function proxyImage(values: JsonObject, proxyConfig: JsonObject, metadata: JsonObject): string {
  return image(values, textAt(values, "global", "proxy", "image"), textAt(proxyConfig, "image", "imageType"), metadata);
}

/** Of the container that sets up the network. */
export function initImage(values: JsonObject, metadata: JsonObject): string {
  return image(values, textAt(values, "global", "proxy_init", "image"), "", metadata);
}

function image(values: JsonObject, name: string, configured: string, metadata: JsonObject): string {
  const tag = at(values, "global", "tag");
  const type =
    annotationsOf(metadata)["sidecar.istio.io/proxyImageType"] ?? (configured || textAt(values, "global", "variant"));
  return `${textAt(values, "global", "hub")}/${name || "proxyv2"}:${withType(tag === undefined ? "" : shown(tag), type)}`;
}

function withType(tag: string, type: string): string {
  if (type === "") return tag;
  const plain = tag.replace(/-(?:distroless|debug)$/, "");
  return type === "default" ? plain : `${plain}-${type}`;
}
