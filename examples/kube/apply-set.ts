import { createClient, defaultAccess, deleteApplySet, diffApplySet, planFor, runApply, waitFor } from "@fairlead/kube";
import type { ApplySetOptions } from "@fairlead/kube";

const client = createClient((await defaultAccess()).access!);
const options: ApplySetOptions = {
  parent: {
    resource: await client.discovery.resource({ apiVersion: "v1", kind: "ConfigMap" }),
    key: { namespace: client.access.namespace, name: "example-set" }, // stands for the set, as KEP-3659 says
  },
  fieldManager: "example",
  tooling: "example/v1",
  prune: true, // members that are no longer in `desired` are deleted
  adopt: false, // what others own is refused, and they are named
  complete: true,
  namespace: client.access.namespace,
};
const desired = [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { level: "debug" } }];

for (const { step, changes } of (await diffApplySet(client, desired, options)).objects) console.log(step.kind, changes);
const first = await runApply(client, await planFor(client, desired, options));
const targets = first.steps.map(({ step }) => step.object);
const { ok } = await waitFor(client, targets, { condition: "ready", deadlineMs: 60_000 }); // kstatus
const second = await runApply(client, await planFor(client, desired, options));
console.log(ok, first.writes, second.writes); // true, the parent and the member, 0
await deleteApplySet(client, options);
await client.close();
