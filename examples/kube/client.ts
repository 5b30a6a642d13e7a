import { createClient, defaultAccess } from "@fairlead/kube";

const { access, findings } = await defaultAccess(); // what kubectl would take: KUBECONFIG, ~/.kube/config, a Pod's account
if (access === undefined) throw new Error(findings.map(({ message }) => message).join("\n"));
const client = createClient(access, { userAgent: "example/1.0" });
const configMaps = await client.discovery.resource({ apiVersion: "v1", kind: "ConfigMap" });

const settings = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { level: "debug" } };
await client.apply(configMaps, settings, { fieldManager: "example" }); // server-side apply
const found = await client.find(configMaps, { name: "settings" }); // undefined if it is not there
console.log(found?.["data"]);

for await (const page of client.pages(configMaps, { limit: 100 })) console.log(page.items.length);
const { resourceVersion, items } = await client.list(configMaps, { fieldSelector: "metadata.name=settings" });
await client.delete(configMaps, { name: "settings" }, { preconditions: { uid: items[0]!.metadata.uid! } });
for await (const event of client.watch(configMaps, { resourceVersion })) if (event.type === "DELETED") break;
await client.close();
