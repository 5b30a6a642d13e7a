import assert from "node:assert/strict";
import { test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { codesOf, object, setOptions, setParent, stepLines } from "../../test/apply-fixtures.ts";
import { fakeClient, type FakeClient, type FakeRequest } from "../../test/fake-client.ts";
import type { ApplySetOptions } from "./apply-set.ts";
import { deleteApplySet } from "./delete-apply-set.ts";
import { planFor } from "./plan-for.ts";
import {
  applySetId,
  extentOf,
  kindsAnnotation,
  namespacesAnnotation,
  parentObject,
  partOfLabel,
} from "./plan/parent.ts";
import { groupKind } from "./plan/phase.ts";
import { runApply, type RunResult } from "./run-apply.ts";

const homes = [object("v1 Namespace shop"), object("v1 Namespace far")];
const config = object("v1 ConfigMap shop/config", { data: { a: "1" } });
const secret = object("v1 Secret shop/token", { stringData: { a: "1" } });
const account = object("v1 ServiceAccount far/web");
const pool: readonly KrmObject[] = [config, secret, account, object("v1 ConfigMap far/config")];

async function apply(
  client: FakeClient,
  desired: readonly KrmObject[],
  options: Partial<ApplySetOptions> = {},
): Promise<RunResult> {
  return runApply(client, await planFor(client, desired, setOptions(options)));
}

const parentOf = (client: FakeClient): KrmObject | undefined =>
  client.store.find(client.resource("ConfigMap"), setParent.key);

const kindsOf = (client: FakeClient): string | undefined => parentOf(client)?.metadata.annotations?.[kindsAnnotation];

/** Members of which the parent does not know. */
function orphans(client: FakeClient): string[] {
  const id = applySetId(setParent);
  const parent = parentOf(client);
  const { kinds, namespaces } = parent === undefined ? { kinds: [], namespaces: [] } : extentOf(parent);
  return client.store
    .all()
    .filter(({ metadata }) => metadata.labels?.[partOfLabel] === id)
    .filter((one) => !kinds.includes(groupKind(one)) || !namespaces.includes(one.metadata.namespace!))
    .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
}

const isOnParent = ({ verb, key, object: sent }: FakeRequest, ...verbs: readonly string[]): boolean =>
  verbs.includes(verb) && (key ?? sent?.metadata)?.name === setParent.key.name;

/** A client of the same cluster, for which something happens once before a request. */
function interrupted(
  client: FakeClient,
  when: (request: FakeRequest) => boolean,
  what: () => Promise<unknown>,
): FakeClient {
  let done = false;
  const before = async (request: FakeRequest): Promise<void> => {
    if (done || !when(request)) return;
    done = true;
    await what();
  };
  return fakeClient({ store: client.store, before });
}

test("whoever works on a set at once, and however they meet, no member is lost from sight", async () => {
  const work = fc.oneof(
    { weight: 4, arbitrary: fc.subarray([...pool]) },
    { weight: 1, arbitrary: fc.constant("delete" as const) },
  );
  let overtaken = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.option(fc.subarray([...pool]), { nil: undefined }),
      fc.array(work, { minLength: 2, maxLength: 3 }),
      fc.subarray([...pool]),
      async (scheduler, start, works, last) => {
        const client = fakeClient({ objects: homes });
        if (start !== undefined) assert.ok((await apply(client, start)).ok);
        const turn = (): Promise<void> => scheduler.schedule(Promise.resolve());
        const clients = works.map(() => fakeClient({ store: client.store, before: turn, after: turn }));
        const all = works.map((one, index) =>
          one === "delete" ? deleteApplySet(clients[index]!, setOptions()) : apply(clients[index]!, one),
        );
        await scheduler.waitFor(Promise.allSettled(all));
        for (const { requests } of clients) {
          if (requests.filter((one) => isOnParent(one, "create", "patch")).length > 2) overtaken++;
        }
        assert.deepEqual(orphans(client), []);
        // So the next run knows everything, and leaves what it declares.
        const result = await apply(client, last);
        assert.ok(result.ok, JSON.stringify(result.findings));
        const members = client.store.all().filter(({ metadata }) => metadata.labels?.[partOfLabel] !== undefined);
        assert.deepEqual(members.map(nameOf).sort(), last.map(nameOf).sort());
        assert.equal((await apply(client, last)).writes, 0);
      },
    ),
    runs(150),
  );
  assert.ok(overtaken > 0, "nobody came second");
});

function nameOf({ kind, metadata }: KrmObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

test("adds to the parent what another has named since it was read", async () => {
  const client = fakeClient({ objects: homes });
  const second = interrupted(
    client,
    (request) => isOnParent(request, "create"),
    () => apply(client, [secret, account]),
  );
  assert.ok((await apply(second, [config])).ok);
  assert.equal(kindsOf(client), "ConfigMap,Secret,ServiceAccount");
  assert.equal(parentOf(client)!.metadata.annotations![namespacesAnnotation], "far");
  assert.deepEqual(orphans(client), []);
});

test("leaves out no kind that another has named meanwhile", async () => {
  const client = fakeClient({ objects: homes });
  await apply(client, [config, secret]);
  // The other one adds a kind before the Secret is deleted.
  const first = interrupted(
    client,
    ({ verb }) => verb === "delete",
    () => apply(client, [config, secret, account]),
  );
  assert.ok((await apply(first, [config])).ok);
  assert.deepEqual([kindsOf(client), orphans(client)], ["ConfigMap,Secret,ServiceAccount", []]);
});

test("names a kind again of which members came while it was left out", async () => {
  const client = fakeClient({ objects: homes });
  await apply(client, [config, secret]);
  // The other one began before the parent was read: it only has to write its member.
  const plan = await planFor(
    client,
    [config, { ...secret, metadata: { ...secret.metadata, name: "new" } }],
    setOptions(),
  );
  const member = plan.steps.find(({ kind }) => kind === "create")!;
  const create = (): Promise<KrmObject> =>
    client.apply(member.resource, member.desired!, { fieldManager: "fairlead/apply" });
  const first = interrupted(client, (request) => isOnParent(request, "patch"), create);
  assert.ok((await apply(first, [config])).ok);
  assert.deepEqual([kindsOf(client), orphans(client)], ["ConfigMap,Secret", []]);
});

test("names at its end what another has left out while it wrote", async () => {
  const client = fakeClient({ objects: homes });
  await apply(client, [config, secret]);
  const fresh = { ...secret, metadata: { ...secret.metadata, name: "new" } };
  const first = interrupted(
    client,
    ({ verb, object: sent }) => verb === "apply" && sent?.metadata.name === "new",
    () => apply(client, [config]),
  );
  assert.ok((await apply(first, [config, secret, fresh])).ok);
  assert.deepEqual([kindsOf(client), orphans(client)], ["ConfigMap,Secret", []]);
});

test("keeps the parent when members come while the set is deleted, and says so", async () => {
  const client = fakeClient({ objects: homes });
  await apply(client, [config, secret]);
  const fresh = { ...secret, metadata: { ...secret.metadata, name: "new" } };
  const plan = await planFor(client, [config, secret, fresh], setOptions());
  const member = plan.steps.find(({ kind }) => kind === "create")!;
  const create = (): Promise<KrmObject> =>
    client.apply(member.resource, member.desired!, { fieldManager: "fairlead/apply" });
  const first = interrupted(client, (request) => isOnParent(request, "delete"), create);
  const result = await deleteApplySet(first, setOptions());
  assert.deepEqual([result.ok, result.parent, codesOf(result)], [false, "kept", ["FL713 error"]]);
  assert.deepEqual([kindsOf(client), orphans(client)], ["Secret", []]);
  const again = await deleteApplySet(client, setOptions());
  assert.deepEqual([again.ok, again.parent], [true, "deleted"]);
});

test("leaves a set alone that another tool has taken over meanwhile", async () => {
  const client = fakeClient({ objects: homes });
  await apply(client, [config]);
  const theirs = parentObject(setParent, "kubectl/v1.36.3", { kinds: ["ConfigMap"], namespaces: [] });
  const first = interrupted(
    client,
    (request) => isOnParent(request, "patch"),
    () => client.apply(client.resource("ConfigMap"), theirs, { fieldManager: "kubectl-applyset", force: true }),
  );
  const result = await apply(first, [config, secret]);
  assert.deepEqual(codesOf(result), ["FL705 error", "FL715 error"]);
  assert.deepEqual(
    stepLines({ steps: result.steps.filter(({ outcome }) => outcome === "skipped").map(({ step }) => step) }),
    ["create Secret shop/token"],
  );
});

test("does not bring back a declared parent that is deleted meanwhile", async () => {
  const client = fakeClient({ objects: [...homes, object("v1 ConfigMap shop/shop-set")] });
  const declared = { parent: { ...setParent, declared: true } };
  const maps = client.resource("ConfigMap");
  const first = interrupted(
    client,
    (request) => isOnParent(request, "apply"),
    () => client.delete(maps, setParent.key),
  );
  const result = await apply(first, [secret], declared);
  assert.deepEqual([result.ok, parentOf(client)], [false, undefined]);
});

test("is not disturbed by what others change on a declared parent", async () => {
  const client = fakeClient({ objects: [...homes, object("v1 ConfigMap shop/shop-set", { data: { a: "1" } })] });
  const declared = { parent: { ...setParent, declared: true } };
  const maps = client.resource("ConfigMap");
  const touch = (a: string) => (): Promise<unknown> =>
    client.patch(maps, setParent.key, { data: { a } }, { type: "merge", fieldManager: "somebody" });
  const first = interrupted(client, (request) => isOnParent(request, "apply"), touch("2"));
  assert.ok((await apply(first, [config, secret], declared)).ok);
  assert.equal(kindsOf(client), "ConfigMap,Secret");
  const second = interrupted(client, (request) => isOnParent(request, "apply"), touch("3"));
  assert.ok((await apply(second, [config], declared)).ok);
  assert.equal(kindsOf(client), "ConfigMap");
});
