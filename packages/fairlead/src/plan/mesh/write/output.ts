import { compareText } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import type { Fleet, MeshKey } from "../model/fleet.ts";
import type { IdentityIntent } from "../model/intent.ts";
import type { Edit, PolicyReport } from "../model/plan.ts";

/** What a writer is given: the intent of one identity, in the fleet that it was made from. */
export interface IdentityInput {
  readonly fleet: Fleet;
  readonly key: MeshKey;
  readonly intent: IdentityIntent;
}

/** What a writer of what is one per namespace is given; intents are made at most once each. */
export interface NamespaceInput {
  readonly fleet: Fleet;
  readonly key: MeshKey;
  readonly cluster: string;
  readonly namespace: string;
  intentOf(identity: string): IdentityIntent | undefined;
}

/** An object in a cluster. */
export interface Placed {
  readonly cluster: string;
  readonly object: KrmObject;
}

export interface PlacedEdit {
  readonly cluster: string;
  readonly edit: Edit;
}

/** What a writer says; what is left out is empty. */
export interface Output {
  readonly objects?: readonly Placed[];
  readonly edits?: readonly PlacedEdit[];
  readonly findings?: readonly Finding[];
  readonly reports?: readonly PolicyReport[];
}

/** One after the other. */
export function joinOutputs(outputs: readonly Output[]): Required<Output> {
  return {
    objects: outputs.flatMap(({ objects = [] }) => objects),
    edits: outputs.flatMap(({ edits = [] }) => edits),
    findings: outputs.flatMap(({ findings = [] }) => findings),
    reports: outputs.flatMap(({ reports = [] }) => reports),
  };
}

/** Sorted, each once. */
export function sortedSet(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort(compareText);
}

/** The object that the key has written in a cluster, as it is now. */
export function writtenObject(
  { fleet, key }: { readonly fleet: Fleet; readonly key: MeshKey },
  cluster: string,
  wanted: KrmObject,
): KrmObject | undefined {
  const { name, namespace = "" } = wanted.metadata;
  const found = fleet
    .written(key)
    .find(
      (fact) =>
        fact.cluster === cluster && fact.kind === wanted.kind && fact.name === name && fact.namespace === namespace,
    );
  return found?.object as KrmObject | undefined;
}
