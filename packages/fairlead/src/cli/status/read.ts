import type { Clock } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import { createInformers, dropManagedFields, isKubeError, type Client, type InformerScope } from "@fairlead/kube";
import { readFindings, type ReadFailure } from "./read-findings.ts";

export interface ReadObjects {
  readonly objects: readonly KrmObject[];
  /** What could not be read. */
  readonly findings: readonly Finding[];
}

/** Reads all scopes once. Kinds that the cluster no longer serves are left out, what is refused is a finding. */
export async function readScopes(
  client: Client,
  scopes: readonly InformerScope[],
  signal: AbortSignal | undefined,
): Promise<ReadObjects> {
  const objects: KrmObject[] = [];
  const failures: ReadFailure[] = [];
  await Promise.all(
    scopes.map(async ({ resource, ...options }) => {
      try {
        const call = signal === undefined ? options : { ...options, signal };
        for await (const page of client.pages(resource, call)) objects.push(...page.items);
      } catch (error) {
        if (!isKubeError(error, "not-found", "aborted")) failures.push({ resource, error });
      }
    }),
  );
  return { objects, findings: readFindings(failures) };
}

export interface Watched {
  objects(): readonly KrmObject[];
  /** What keeps the view from being current; empty while events flow. */
  findings(): readonly Finding[];
  stop(): Promise<void>;
}

/** Follows all scopes; `onChange` is called for whatever changes, also before all of it has been read once. */
export async function watchScopes(
  client: Client,
  scopes: readonly InformerScope[],
  clock: Clock,
  onChange: () => void,
  signal: AbortSignal | undefined,
): Promise<Watched> {
  const informers = createInformers(client, { clock });
  const running = scopes.map((scope) => informers.informer(scope, { strip: dropManagedFields }));
  const watched: Watched = {
    objects: () => running.flatMap((informer) => [...informer.store.values()]),
    findings: () =>
      readFindings(
        running.flatMap((informer, index) => {
          const { error, staleSince, synced } = informer.status();
          if (error === undefined || isKubeError(error, "not-found")) return [];
          return synced && staleSince === undefined ? [] : [{ resource: scopes[index]!.resource, error }];
        }),
      ),
    stop: () => informers.stop(),
  };
  for (const informer of running) {
    informer.listen(onChange);
    informer.onStatus(onChange);
  }
  // What is refused is never complete: it is shown with what there is.
  const first = running.map((informer) => Promise.race([informer.waitForSync(signal), firstError(informer)]));
  await Promise.all(first.map((promise) => promise.catch(() => undefined)));
  return watched;
}

function firstError(informer: ReturnType<ReturnType<typeof createInformers>["informer"]>): Promise<void> {
  return new Promise((resolve) => {
    const off = informer.onStatus(({ error }) => {
      if (error === undefined) return;
      off();
      resolve();
    });
  });
}
