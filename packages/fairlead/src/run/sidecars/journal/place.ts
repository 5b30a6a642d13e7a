import type { Client, Resource } from "@fairlead/kube";
import { get, textOf } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { journalKey } from "../../../plan/sidecars/waves/encode-journal.ts";
import { commandPrefix, encodeCommand, type Command } from "./command.ts";

/** The ConfigMap of the home cluster with journal, status and commands. */
export interface JournalPlace {
  readonly namespace: string;
  readonly name: string;
}

export const configMaps: Resource = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};

export const statusKey = "status";
/** The leader's term: whoever finds a larger one than its own has been followed by another. */
export const termAnnotation = "sidecars.fairlead.dev/term";

const fieldManager = "fairlead/sidecars";

/** Leaves a command for the controller, which need not run now. Rejects with a KubeError. */
export async function sendCommand(
  client: Client,
  place: JournalPlace,
  command: Command,
  { now, random }: { readonly now: number; readonly random: () => number },
): Promise<void> {
  const id = `${commandPrefix}${String(now).padStart(15, "0")}-${Math.floor(random() * 36 ** 6).toString(36)}`;
  const data = { [id]: encodeCommand(command) };
  const found = await client.find(configMaps, place);
  if (found === undefined) {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { ...place }, data };
    await client.create(configMaps, object, { fieldManager });
  } else await client.patch(configMaps, place, { data }, { type: "merge", fieldManager });
}

/** What a controller has written: its journal and its status, as text; empty: nothing. Rejects with a KubeError. */
export async function readJournal(
  client: Client,
  place: JournalPlace,
): Promise<{ readonly journal: string; readonly status: string }> {
  const found = await client.find(configMaps, place);
  return textsOf(found);
}

export function textsOf(object: KrmObject | undefined): { readonly journal: string; readonly status: string } {
  const data = object?.["data"];
  return { journal: textOf(get(data, journalKey)), status: textOf(get(data, statusKey)) };
}
