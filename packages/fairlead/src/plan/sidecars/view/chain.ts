import { persistentEntries, persistentGet } from "@fairlead/apimachinery";
import type { ControllerRef, PodFact } from "../model/facts.ts";
import { kindOfRef, roleOf } from "../observe/made-by.ts";
import type { Maker, NamespaceState } from "./state.ts";

/** `KIND.GROUP/NAME`: what a maker is called in its namespace. */
export function localName({ apiVersion, kind, name }: Pick<ControllerRef, "apiVersion" | "kind" | "name">): string {
  return `${kindOfRef({ apiVersion, kind })}/${name}`;
}

export interface Top {
  /** `KIND.GROUP/NAME`. */
  readonly name: string;
  /** False: this link of the chain is not known (yet), so what is above it is not, either. */
  readonly isKnown: boolean;
}

/** More links than any chain has; a circle has no end. */
const longest = 8;

/** Where a chain of controllers ends. */
export function topOf(state: NamespaceState, reference: ControllerRef): Top {
  let current = reference;
  for (let link = 0; link < longest; link++) {
    const name = localName(current);
    if (roleOf(kindOfRef(current)) !== "link") return { name, isKnown: true };
    const maker = persistentGet(state.makers, name);
    if (maker === undefined || (maker.uid !== current.uid && current.uid !== "")) return { name, isKnown: false };
    if (maker.controller === undefined) return { name, isKnown: true };
    current = maker.controller;
  }
  return { name: localName(current), isKnown: false };
}

/** The top of what a maker belongs to: its own name if nothing is above it. */
export function topOfMaker(state: NamespaceState, maker: Maker): Top {
  return topOf(state, { apiVersion: maker.apiVersion, kind: maker.kind, name: maker.name, uid: maker.uid });
}

export function topOfPod(state: NamespaceState, pod: PodFact): Top {
  return pod.controller === undefined ? { name: `Pod/${pod.name}`, isKnown: true } : topOf(state, pod.controller);
}

/** Where a pod is filed: under its controller, or under itself. */
export function fileOfPod(pod: PodFact): string {
  return pod.controller === undefined ? `Pod/${pod.name}` : localName(pod.controller);
}

/** All pods of a top, whatever their phase, by name. */
export function podsOf(state: NamespaceState, top: string): PodFact[] {
  const pods: PodFact[] = [];
  collect(state, top, undefined, pods, 0);
  return pods.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function collect(state: NamespaceState, name: string, uid: string | undefined, pods: PodFact[], depth: number): void {
  if (depth > longest) return;
  const own = uid ?? persistentGet(state.makers, name)?.uid;
  // What belongs to a namesake that is gone goes, too.
  const isOwn = (of: string | undefined): boolean => own === undefined || of === undefined || of === own;
  const filed = persistentGet(state.files, name);
  if (filed !== undefined) {
    for (const [, pod] of persistentEntries(filed)) if (isOwn(pod.controller?.uid)) pods.push(pod);
  }
  const made = persistentGet(state.made, name);
  if (made === undefined) return;
  for (const [link, maker] of persistentEntries(made)) {
    // A kind that is an end is its own top, whoever made it.
    if (roleOf(kindOfRef(maker)) === "end" || !isOwn(maker.controller?.uid)) continue;
    collect(state, link, maker.uid, pods, depth + 1);
  }
}

/** The makers that a top's pods come from: itself, or links below it. */
export function linksOf(state: NamespaceState, top: string): Maker[] {
  const made = persistentGet(state.made, top);
  if (made === undefined) return [];
  return [...persistentEntries(made)]
    .map(([, maker]) => maker)
    .filter((maker) => roleOf(kindOfRef(maker)) !== "end")
    .sort((a, b) => (localName(a) < localName(b) ? -1 : 1));
}
