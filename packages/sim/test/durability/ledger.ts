import type { KrmObject } from "@fairlead/krm";
import { isKubeError, type Client, type Resource } from "@fairlead/kube";

export const configMaps: Resource = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};

/** What a name may hold: the text that was written last, or undefined for what is not there. */
type Held = string | undefined;

/** What a client knows of its writes: what was acknowledged, and what it never heard of again. */
export interface Ledger {
  acknowledged: number;
  /** Of the last acknowledged write. */
  revision: number;
  /** By name, all that may be there; one entry unless the last write was never answered. */
  readonly possible: Map<string, readonly Held[]>;
}

export const newLedger = (): Ledger => ({ acknowledged: 0, revision: 0, possible: new Map() });

export const held = (object: KrmObject): Held => (object["data"] as { text?: string } | undefined)?.text;

/** Writes with several hands until the server answers no more. A hand has names of its own, so that nobody conflicts. */
export async function write(
  client: Client,
  ledger: Ledger,
  random: () => number,
  onWrite: (acknowledged: number) => void,
  isEnd: (error: unknown) => boolean = (error) => isKubeError(error) && error.httpStatus === undefined,
): Promise<void> {
  let count = 0;
  async function hand(id: number): Promise<void> {
    for (;;) {
      const name = `fairlead-${id}-${Math.floor(random() * 5)}`;
      const known = ledger.possible.get(name)?.at(-1);
      const next = known !== undefined && random() < 0.3 ? undefined : `${++count} ${"x".repeat(random() * 2_000)}`;
      ledger.possible.set(name, [known, next]);
      try {
        ledger.revision = Math.max(ledger.revision, await once(name, known, next));
      } catch (error) {
        if (isEnd(error)) return;
        throw error;
      }
      ledger.possible.set(name, [next]);
      onWrite(++ledger.acknowledged);
    }
  }

  /** Not repeated: what was not answered stays in doubt. */
  async function once(name: string, known: Held, next: Held): Promise<number> {
    const key = { namespace: "default", name };
    const data = { text: next ?? "" };
    if (next === undefined) {
      await client.delete(configMaps, key);
      return 0;
    }
    const object: KrmObject = { apiVersion: "v1", kind: "ConfigMap", metadata: key, data };
    const made =
      known === undefined
        ? await client.create(configMaps, object)
        : await client.patch(configMaps, key, { data }, { type: "merge" });
    return Number(made.metadata["resourceVersion"]);
  }

  await Promise.all([0, 1, 2, 3].map(hand));
}
