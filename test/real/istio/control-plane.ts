/** Istio's own control plane, beside a plane's API server: istiod, and the objects of its chart as Helm renders them. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream, print, type KrmObject } from "@fairlead/krm";
import { isKubeError, type Client } from "@fairlead/kube";
import { ensureTool } from "../../../scripts/real/ensure-tool.ts";
import { execute } from "../../../scripts/real/execute.ts";
import { downloadModule, findGo } from "../../../scripts/real/go.ts";
import { startGuard } from "../../../scripts/real/guarded.ts";
import { freePorts } from "../../../scripts/real/ports.ts";
import { request } from "../../../scripts/real/request.ts";
import { tools } from "../../../scripts/real/tools.ts";
import { until } from "../../../scripts/real/until.ts";

export interface ControlPlaneOptions {
  /** An administrator of the plane. */
  readonly client: Client;
  readonly kubeconfig: string;
  /** `1-28`; the default revision unless told. */
  readonly revision?: string;
  /** Of the proxies' image. */
  readonly version: string;
  /** Laid over the chart's values. */
  readonly values?: JsonObject;
  /** Of istiod's own environment, such as `PILOT_ENABLE_METADATA_EXCHANGE`. */
  readonly environment?: { readonly [name: string]: string };
}

export interface ControlPlane {
  readonly revision: string;
  /** `https://127.0.0.1:PORT/inject`. */
  readonly url: string;
  /** `HOST:PORT` where proxies get their configuration without TLS. */
  readonly xds: string;
  /** `http://HOST:PORT` of its debug pages. */
  readonly debug: string;
  /** PEM, of the authority that istiod made for itself. */
  readonly authority: string;
  /** Installs the chart's objects of another version, as `helm upgrade` does; istiod itself goes on. */
  upgrade(version: string, values?: JsonObject): Promise<void>;
  log(): string;
  stop(): Promise<void>;
}

const namespace = "istio-system";
/** What decides about injection; istiod runs here as a program, with the rights of an administrator. */
const kinds = new Set(["ConfigMap", "MutatingWebhookConfiguration", "Service"]);

export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { client, kubeconfig, revision = "", version, values = {}, environment = {} } = options;
  const program = await ensureTool("istiod");
  const [grpc, secure, http, https, monitoring] = (await freePorts(5)) as [number, number, number, number, number];
  const url = `https://127.0.0.1:${https}/inject`;
  const guard = startGuard();
  const install = async (to: string, laidOver: JsonObject): Promise<void> => {
    for (const object of await chartObjects(guard.folder, revision, to, laidOver)) {
      if (kinds.has(object.kind)) await apply(client, reachedBy(object, url));
    }
  };
  try {
    await apply(client, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await install(version, values);
    await guard.start("istiod", "/usr/bin/env", [
      `POD_NAMESPACE=${namespace}`,
      "POD_NAME=istiod",
      // The API server and the tests reach it by its address.
      "ISTIOD_CUSTOM_HOST=127.0.0.1",
      `REVISION=${revision || "default"}`,
      "INJECTION_WEBHOOK_CONFIG_NAME=istio-sidecar-injector",
      "VALIDATION_WEBHOOK_CONFIG_NAME=",
      ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      program,
      "discovery",
      `--kubeconfig=${kubeconfig}`,
      `--grpcAddr=127.0.0.1:${grpc}`,
      `--secureGRPCAddr=127.0.0.1:${secure}`,
      `--httpAddr=127.0.0.1:${http}`,
      `--httpsAddr=127.0.0.1:${https}`,
      `--monitoringAddr=127.0.0.1:${monitoring}`,
      "--ctrlz_port=0",
      "--log_output_level=default:info",
    ]);
    const log = (): string => readFileSync(path.join(guard.folder, "istiod.log"), "utf8");
    const authority = await authorityOf(client, revision, () => {
      const how = guard.ended("istiod");
      if (how !== undefined) throw new Error(`istiod ended: ${how}\n${log().slice(-4000)}`);
    });
    await until("istiod's webhook service", () => answers(url, authority), 60_000);
    return {
      revision,
      url,
      xds: `127.0.0.1:${grpc}`,
      debug: `http://127.0.0.1:${http}`,
      authority,
      upgrade: (to, laidOver = values) => install(to, laidOver),
      log,
      stop: guard.stop,
    };
  } catch (error) {
    await guard.stop();
    throw error;
  }
}

/** istiod writes its own authority into the webhooks of its revision: then it serves. */
async function authorityOf(client: Client, revision: string, alive: () => void): Promise<string> {
  const resource = await client.discovery.resource(webhooks);
  const name = `istio-sidecar-injector${revision === "" ? "" : `-${revision}`}`;
  return await until(
    "istiod's authority in its webhooks",
    async () => {
      alive();
      const found = await client.get(resource, { name });
      const [first] = (found["webhooks"] ?? []) as JsonValue[];
      const bundle = get(get(first, "clientConfig"), "caBundle");
      return typeof bundle === "string" && bundle !== "" ? Buffer.from(bundle, "base64").toString("utf8") : undefined;
    },
    90_000,
  );
}

/** Whether anything is answered there, be it that nothing was asked. */
async function answers(url: string, certificate: string): Promise<boolean> {
  const { origin, pathname } = new URL(url);
  try {
    await request({ url: origin, token: "", certificate }, { method: "POST", path: pathname, body: "{}" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") return false;
    throw error;
  }
}

const webhooks = { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingWebhookConfiguration" };

/** The folder of Istio's source, with its charts. */
export async function istioSource(): Promise<string> {
  const go = await findGo();
  return (await downloadModule(go, `istio.io/istio@v${tools.istiod.version}`)).folder;
}

/** The objects of Istio's chart `istiod`. */
export async function chartObjects(
  folder: string,
  revision: string,
  version: string,
  values: JsonObject,
): Promise<KrmObject[]> {
  const chart = path.join(await istioSource(), "manifests", "charts", "istio-control", "istio-discovery");
  const file = path.join(folder, "values.yaml");
  writeFileSync(file, print(values));
  const flags = [
    "--set",
    `revision=${revision}`,
    "--set",
    "global.hub=docker.io/istio",
    "--set",
    `global.tag=${version}`,
  ];
  const { status, stdout, stderr } = await execute(
    await ensureTool("helm"),
    ["template", "istiod", chart, "--namespace", namespace, "--kube-version", "1.36.3", "--values", file, ...flags],
    { env: { PATH: process.env["PATH"], HOME: folder }, timeoutMs: 60_000 },
  );
  if (status !== 0) throw new Error(`helm template: ${stderr}`);
  const { documents } = parseStream(stdout, { file: "istiod" });
  return documents.map(({ value }) => value as unknown as KrmObject).filter((one) => isObject(one));
}

/** Webhooks find istiod on this machine, and keep the authority that it has written. */
function reachedBy(object: KrmObject, url: string): KrmObject {
  if (object.kind !== webhooks.kind) return object;
  const hooks = (object["webhooks"] ?? []) as JsonObject[];
  return { ...object, webhooks: hooks.map((hook) => ({ ...hook, clientConfig: { url } })) };
}

async function apply(client: Client, object: KrmObject): Promise<void> {
  const resource = await client.discovery.resource(object);
  try {
    await client.apply(resource, object, { fieldManager: "helm", force: true });
  } catch (error) {
    if (!isKubeError(error, "not-found")) throw error;
    throw new Error(`${object.kind} ${String(object.metadata.name)} has no place`, { cause: error });
  }
}
