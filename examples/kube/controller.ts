import {
  accessFindingOf,
  createClient,
  createInformers,
  createLeaderElection,
  createWorkQueue,
  defaultAccess,
  dropManagedFields,
  systemClock as clock,
} from "@fairlead/kube";

const client = createClient((await defaultAccess()).access!);
const { random } = Math;
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());

const informers = createInformers(client, { clock });
const resource = await client.discovery.resource({ apiVersion: "v1", kind: "Namespace" });
const namespaces = informers.informer({ resource }, { strip: dropManagedFields }); // one watch, however many ask for it
const election = createLeaderElection(client, { name: "example", namespace: "default", identity: `${process.pid}`, clock, random });

await election.run(async ({ signal, term, held }) => {
  const queue = createWorkQueue({ clock, random });
  signal.addEventListener("abort", () => queue.close({ discard: true }));
  namespaces.listen((change) => {
    const { name = "" } = (change.kind === "deleted" ? change.previous : change.object).metadata;
    queue.add({ cluster: client.access.name, key: name }); // many changes of one object are one key
  });
  await namespaces.waitForSync(signal);
  for (let item = await queue.take(); item !== undefined && held(); item = await queue.take()) {
    try {
      console.log(term, item.key, namespaces.store.get({ name: item.key }) === undefined ? "is gone" : "is there");
      queue.forget(item);
    } catch (error) {
      console.error(accessFindingOf(error) ?? error, `again in ${queue.retry(item)} ms`);
    }
    queue.done(item);
  }
}, stop.signal);
await informers.stop();
await client.close();
