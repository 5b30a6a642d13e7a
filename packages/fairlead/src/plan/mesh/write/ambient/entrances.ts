import type { JsonObject } from "@fairlead/apimachinery";
import { nameFor, objectOf } from "../mark.ts";
import type { IdentityInput, Output, Placed } from "../output.ts";
import { httpPorts } from "../protocol.ts";
import { sourcesOf } from "../routing/ingress-routing.ts";
import { localPort, localTargets } from "../routing/local-targets.ts";
import { eastWestName, gatewayApi, hostname } from "./names.ts";

/**
 * HTTPRoutes of the gateway by which other clusters come in: it ends their TLS, because pods without a sidecar do not,
 * and sends requests on by their host. Which port they were for is lost with the TLS: the first HTTP port counts.
 */
export function ambientEntrances({ fleet, intent }: IdentityInput): Output {
  const { settings } = fleet;
  const objects: Placed[] = [];
  for (const host of intent.hosts) {
    const [port] = httpPorts(host);
    if (port === undefined) continue;
    for (const cluster of sourcesOf(host)) {
      const targets = localTargets(host, cluster);
      const backendRefs = targets.flatMap((target): JsonObject[] => {
        const number = localPort(target, port);
        return number === undefined ? [] : [hostname(target.address, number, target.weight)];
      });
      if (backendRefs.length === 0) continue;
      const description = {
        apiVersion: gatewayApi,
        kind: "HTTPRoute",
        name: nameFor(host.host, "-entrance"),
        namespace: settings.gateways.namespace,
        labels: { [settings.discovery.envKey]: host.env },
        annotations: { [settings.discovery.identityKey]: intent.name },
      };
      const spec = { parentRefs: [{ name: eastWestName }], hostnames: [host.host], rules: [{ backendRefs }] };
      objects.push({ cluster, object: objectOf(settings, description, spec) });
    }
  }
  return { objects };
}
