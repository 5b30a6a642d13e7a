import type { JsonObject } from "@fairlead/apimachinery";
import { annotationsOf, goBoolean, objectsIn } from "./pod-parts.ts";

const labelName = (key: string): string => key.replace(/[^a-zA-Z0-9_]/g, "_");
const scraped = ["prometheus_io_port", "prometheus_io_path", "prometheus_io_scrape"];

/**
 * Metrics of application and proxy come from the agent together: the annotations of Prometheus lead to it, and what
 * they said before is told to it in a variable. Changes the annotations and the proxy. Text says what is wrong.
 */
export function mergeScrapeAnnotations(
  annotations: JsonObject,
  proxy: JsonObject | undefined,
  isStandard: boolean,
  agentPort: number,
): string | undefined {
  const texts = annotationsOf({ annotations });
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(texts))
    if (scraped.includes(labelName(key))) found.set(labelName(key), value);
  const isWanted = goBoolean(found.get("prometheus_io_scrape")) ?? true;
  const isMerging = goBoolean(texts["prometheus.istio.io/merge-metrics"]) ?? isStandard;
  const port = found.get("prometheus_io_port");
  // A port that is ours already: an earlier injection, or the user's own decision.
  if (!isWanted || !isMerging || port === String(agentPort)) return undefined;
  if (port !== undefined && port !== "" && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535))
    return `invalid prometheus scrape configuration: invalid port "${port}"`;
  if (proxy !== undefined && found.size > 0) {
    const scrape = {
      scrape: found.get("prometheus_io_scrape") ?? "",
      path: found.get("prometheus_io_path") ?? "",
      port: port ?? "",
    };
    proxy["env"] = [
      ...objectsIn(proxy, "env"),
      { name: "ISTIO_PROMETHEUS_ANNOTATIONS", value: JSON.stringify(scrape) },
    ];
  }
  for (const key of Object.keys(annotations)) if (scraped.includes(labelName(key))) delete annotations[key];
  annotations["prometheus.io/port"] = String(agentPort);
  annotations["prometheus.io/path"] = "/stats/prometheus";
  annotations["prometheus.io/scrape"] = "true";
  return undefined;
}
