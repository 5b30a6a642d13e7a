import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { accessOf, createClient, isKubeError } from "@fairlead/kube";
import { collectCrds } from "../../../scripts/real/crds.ts";
import { ensureTool } from "../../../scripts/real/ensure-tool.ts";
import { installCrds } from "../../../scripts/real/install-crds.ts";
import { startPlane } from "../../../scripts/real/plane.ts";
import { freePorts } from "../../../scripts/real/ports.ts";
import { startControlPlane, type ControlPlane } from "./control-plane.ts";

/** istiod on an API server of its own, and the objects that it is given. */
export interface IstiodWorld {
  readonly istiod: ControlPlane;
  /** Another one beside it, which stays the caller's to stop. */
  startIstiod(): Promise<ControlPlane>;
  put(...objects: readonly KrmObject[]): Promise<void>;
  remove(objects: readonly KrmObject[]): Promise<void>;
  stop(): Promise<void>;
}

export type Planned = KrmObject & { readonly spec: JsonObject };

export const namespaceObject: KrmObject = { apiVersion: "v1", kind: "Namespace", metadata: {} };
/** As Istio's documentation wants it for its east-west gateway. */
const gatewayServer: KrmObject = {
  apiVersion: "networking.istio.io/v1",
  kind: "Gateway",
  metadata: { name: "cross-network-gateway", namespace: "istio-system" },
  spec: {
    selector: { istio: "eastwestgateway" },
    servers: [
      {
        port: { number: 15_443, name: "tls", protocol: "TLS" },
        tls: { mode: "AUTO_PASSTHROUGH" },
        hosts: ["*.global"],
      },
    ],
  },
};

export async function istiodWorld(): Promise<IstiodWorld> {
  await ensureTool("istiod");
  const plane = await startPlane();
  const istio = (await collectCrds()).crds.filter((crd) => String(get(crd["metadata"], "name")).endsWith(".istio.io"));
  await installCrds(plane, istio);
  const client = createClient(accessOf({ name: "own", server: plane.url, ca: plane.certificate, token: plane.token }));
  const startIstiod = async (): Promise<ControlPlane> => {
    const [outbound, inbound] = (await freePorts(2)) as [number, number];
    return await startControlPlane({
      client,
      kubeconfig: plane.kubeconfig,
      version: "1.28.0",
      // Of the filters that Istio adds to Envoy, upstream's build has none.
      environment: { PILOT_ENABLE_METADATA_EXCHANGE: "false", PILOT_ENABLE_ALPN_FILTER: "false" },
      values: {
        telemetry: { enabled: false },
        // A proxy without certificates waits for them, also where it would choose by itself to use them.
        meshConfig: { enableAutoMtls: false, proxyListenPort: outbound, proxyInboundListenPort: inbound },
      },
    });
  };
  let istiod: ControlPlane | undefined;
  const stop = async (): Promise<void> => {
    await istiod?.stop();
    await client.close();
    await plane.stop();
  };
  const put = async (...objects: readonly KrmObject[]): Promise<void> => {
    for (const object of objects) {
      const resource = await client.discovery.resource(object);
      await client.apply(resource, object, { fieldManager: "fairlead-test", force: true });
    }
  };
  const remove = async (objects: readonly KrmObject[]): Promise<void> => {
    for (const object of objects) {
      const { name = "", namespace = "" } = object.metadata;
      try {
        await client.delete(await client.discovery.resource(object), { name, namespace });
      } catch (error) {
        if (!isKubeError(error, "not-found")) throw error;
      }
    }
  };
  try {
    istiod = await startIstiod();
    const namespaces = ["fairlead-mesh", "carts", "shop"].map((name) => ({ ...namespaceObject, metadata: { name } }));
    await put(gatewayServer, ...namespaces);
    return { istiod, startIstiod, put, remove, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The same objects for proxies that have no certificates, and would wait for them. */
export function withoutTls(objects: readonly JsonValue[]): readonly Planned[] {
  const changed = structuredClone(objects) as unknown as readonly Planned[];
  for (const { kind, spec } of changed) {
    if (kind === "DestinationRule") (spec["trafficPolicy"] as JsonObject)["tls"] = { mode: "DISABLE" };
  }
  return changed;
}
