import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { isKubeError, type Client } from "@fairlead/kube";
import { journalKey } from "../../../plan/sidecars/waves/encode-journal.ts";
import { errorFields, type Log } from "../../log.ts";
import { readable } from "../oracle/review.ts";
import { configMaps, statusKey, termAnnotation, textsOf, type JournalPlace } from "./place.ts";

export interface JournalStoreOptions {
  readonly client: Client;
  readonly place: JournalPlace;
  readonly log: Log;
  /** Of this leader; undefined: there is no other process. */
  readonly term: () => number | undefined;
  /** Asked right before each request. */
  readonly mayWrite: () => boolean;
  readonly signal: AbortSignal;
  readonly onWrite?: (outcome: Written, message: string) => void;
}

export interface JournalWrite {
  readonly journal?: string;
  readonly status?: string;
  /** Keys of commands that are carried out. */
  readonly consumed?: readonly string[];
}

/** `lost`: somebody else has written a journal since: it is to be read, and nothing of ours may go on. */
export type Written = "written" | "lost" | "failed";

/** The journal in the cluster. Another leader's is never written over. */
export interface JournalStore {
  /** Undefined: it cannot be read. An empty text: there is none. */
  read(): Promise<string | undefined>;
  write(write: JournalWrite): Promise<Written>;
}

const timeoutMs = 5_000;
const attempts = 4;

export function createJournalStore(options: JournalStoreOptions): JournalStore {
  const { client, place, log, signal } = options;
  let known: KrmObject | undefined;
  /** What the journal said when it was read or written last. */
  let journal = "";
  /** What it may say since requests whose answers were lost. */
  const attempted = new Set<string>();
  let isRead = false;

  async function fetch(): Promise<KrmObject | undefined> {
    return client.find(configMaps, place, { signal, deadlineMs: timeoutMs });
  }

  function isFollowed(object: KrmObject | undefined): boolean {
    const term = options.term();
    if (term !== undefined && termOf(object) > term) return true;
    const found = textsOf(object).journal;
    return found !== journal && !attempted.has(found);
  }

  async function send(write: JournalWrite): Promise<void> {
    const call = { fieldManager: "fairlead/sidecars", signal, deadlineMs: timeoutMs };
    const text = write.journal ?? journal;
    attempted.add(text);
    const data: JsonObject = {
      ...(write.journal !== undefined && { [journalKey]: write.journal }),
      ...(write.status !== undefined && { [statusKey]: write.status }),
    };
    const annotations = { [termAnnotation]: String(options.term() ?? 0) };
    if (known === undefined) {
      const metadata = { ...place, annotations };
      known = await client.create(
        configMaps,
        { apiVersion: "v1", kind: "ConfigMap", metadata, data: { ...data, [journalKey]: text } },
        call,
      );
    } else {
      for (const key of write.consumed ?? []) data[key] = null;
      const { uid, resourceVersion } = known.metadata as JsonObject;
      const metadata = { uid: textOf(uid), resourceVersion: textOf(resourceVersion), annotations };
      known = await client.patch(configMaps, place, { metadata, data }, { ...call, type: "merge" });
    }
    journal = text;
    attempted.clear();
  }

  async function attempt(write: JournalWrite): Promise<Written> {
    for (let left = attempts; left > 0; left--) {
      if (!options.mayWrite()) return "lost";
      try {
        if (!isRead) return "failed";
        await send(write);
        return "written";
      } catch (error) {
        if (!isKubeError(error, "conflict", "already-exists", "not-found")) throw error;
        // Commands come from others, and status is only ours: the journal says whether somebody else leads.
        known = await fetch();
        if (known !== undefined && isFollowed(known)) return "lost";
      }
    }
    return "failed";
  }

  return {
    async read() {
      try {
        known = await fetch();
        journal = textsOf(known).journal;
        isRead = true;
        return journal;
      } catch (error) {
        if (!isKubeError(error)) throw error;
        if (!signal.aborted) log.warn({ error: errorFields(error) }, "the journal cannot be read");
        return undefined;
      }
    },
    async write(write) {
      let outcome: Written;
      let message = "";
      try {
        outcome = await attempt(write);
        if (outcome === "failed") message = "others write it all the time, or its namespace is not there";
      } catch (error) {
        if (!isKubeError(error)) throw error;
        if (!signal.aborted) log.warn({ error: errorFields(error) }, "the journal cannot be written");
        outcome = "failed";
        message = readable(error.message);
      }
      options.onWrite?.(outcome, message);
      return outcome;
    },
  };
}

function termOf(object: KrmObject | undefined): number {
  const term = Number(textOf(get(object?.metadata["annotations"], termAnnotation)));
  return Number.isSafeInteger(term) ? term : 0;
}
