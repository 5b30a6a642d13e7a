import { request } from "../real/request.ts";
import type { PlaneAccess } from "../real/access.ts";
import { until } from "../real/until.ts";
import { packed, type Source } from "./source.ts";

type Json = { [key: string]: Json } | Json[] | string | number | boolean | null;
type Document = Readonly<Record<string, Readonly<Record<string, Json>>>>;

/**
 * What apiextensions publishes of a custom resource, with placeholders for its names (`zgroup.zexample`, `v9alpha9`,
 * `zkinds`, `Zkind`, `ZkindList`): the documents of a namespaced and of a cluster-scoped one that have all
 * subresources. Its own schema is not part of it.
 */
export async function customOpenApiFile(source: Source, plane: PlaneAccess): Promise<string> {
  const before = await source.json<Document>("/openapi/v2");
  const templates = {
    namespaced: await templateOf(source, plane, before, "Namespaced", "zspaced"),
    cluster: await templateOf(source, plane, before, "Cluster", "zwide"),
  };
  return `export const packed =\n  "${packed(Buffer.from(JSON.stringify(templates)))}";\n`;
}

async function templateOf(
  source: Source,
  plane: PlaneAccess,
  before: Document,
  scope: string,
  label: string,
): Promise<Json> {
  const group = `${label}.zexample`;
  const created = await request(plane, {
    method: "POST",
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    body: JSON.stringify(definition(group, scope)),
  });
  if (created.status !== 201) throw new Error(created.text);
  const v3Path = `/openapi/v3/apis/${group}/v9alpha9`;
  const v2Path = `/apis/${group}/v9alpha9/`;
  let v2 = before;
  await until("the OpenAPI documents know the template", async () => {
    if ((await request(plane, { path: v3Path })).status !== 200) return false;
    v2 = await source.json<Document>("/openapi/v2");
    return Object.keys(v2["paths"]!).some((path) => path.startsWith(v2Path));
  });
  const v3 = await source.json<{ paths: Json; components: { schemas: Record<string, Json> } }>(v3Path);
  const kind = `zexample.${label}.v9alpha9.Zkind`;
  const lists = [v3.components.schemas[`${kind}List`]!, v2["definitions"]![`${kind}List`]!];
  for (const [name, parameter] of Object.entries(v2["parameters"] ?? {})) {
    if (JSON.stringify(before["parameters"]?.[name]) !== JSON.stringify(parameter))
      throw new Error(`a new parameter: ${name}`);
  }
  const { [kind]: _kind, [`${kind}List`]: _list, ...schemas } = v3.components.schemas;
  const template = {
    v3: { paths: v3.paths, schemas, list: lists[0]! },
    v2: {
      paths: Object.fromEntries(Object.entries(v2["paths"]!).filter(([path]) => path.startsWith(v2Path))),
      list: lists[1]!,
    },
  };
  const capital = `Z${label.slice(1)}`;
  return JSON.parse(JSON.stringify(template).replaceAll(label, "zgroup").replaceAll(capital, "Zgroup")) as Json;
}

function definition(group: string, scope: string): unknown {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `zkinds.${group}` },
    spec: {
      group,
      scope,
      names: { plural: "zkinds", singular: "zkind", kind: "Zkind", listKind: "ZkindList" },
      versions: [
        {
          name: "v9alpha9",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object" } } } },
          subresources: {
            status: {},
            scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
          },
        },
      ],
    },
  };
}
