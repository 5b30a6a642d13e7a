import type { KrmObject } from "@fairlead/krm";
import type { WatchEvent } from "../client/client.ts";
import type { KubeError } from "../errors.ts";
import type { CutItem } from "./cut-list.ts";
import type { PageRequest } from "./page-state.ts";

/** What a reflector knows; `reflector-state.ts` says what becomes of it. */
export interface ReflectorState {
  readonly phase: Phase;
  readonly attempt: number;
  /** Where a watch goes on from: of the last list, event or bookmark. Opaque: it is only ever sent back. */
  readonly resourceVersion?: string;
  /** Whether a streaming list is tried: the server may refuse it, or never finish it, which is remembered. */
  readonly streaming: boolean;
  /** Streaming lists in a row that ended early. */
  readonly brokenStreams: number;
  /** Objects on the first page: more after continue tokens have expired, fewer after a page was too large. */
  readonly firstPage: number;
  /** Failures in a row, without a healthy watch in between. */
  readonly failures: number;
  readonly synced: boolean;
  /** Monotonic time since when the view may be behind. */
  readonly staleSince?: number;
  readonly error?: KubeError;
  readonly lists: number;
  readonly watches: number;
}

export type Phase =
  | { readonly kind: "idle" }
  /** A streaming list: a watch that starts with the current objects. */
  | { readonly kind: "streaming"; readonly since: number; readonly heard: number; readonly timeoutSeconds: number }
  | { readonly kind: "paging"; readonly page: PageRequest; readonly resourceVersion?: string }
  | {
      readonly kind: "watching";
      readonly since: number;
      /** When the last event came. */
      readonly heard: number;
      /** Whether the server has answered: until then the view may be behind. */
      readonly open: boolean;
      readonly received: boolean;
      readonly timeoutSeconds: number;
    }
  | { readonly kind: "waiting"; readonly until: number; readonly resume: "list" | "watch" }
  | { readonly kind: "stopped" };

/** Objects of a list: parsed, or cut out of its text. */
export type Batch = readonly KrmObject[] | { readonly cut: Iterable<CutItem> };

/** What happened. `at` is monotonic milliseconds, `roll` a random number from 0 to below 1. */
export type ReflectorInput = { readonly at: number; readonly roll: number } & (
  | { readonly kind: "start" }
  /** The server has accepted the watch. */
  | { readonly kind: "opened"; readonly attempt: number }
  | { readonly kind: "event"; readonly attempt: number; readonly event: WatchEvent }
  | {
      readonly kind: "page";
      readonly attempt: number;
      readonly items: Batch;
      readonly resourceVersion: string;
      readonly continue?: string;
      /** How much JSON an item is, by a sample. */
      readonly bytesPerItem: number;
    }
  /** Instead of the first page the whole list comes, as of this version, in parts; an empty last page ends it. */
  | { readonly kind: "whole"; readonly attempt: number; readonly resourceVersion: string }
  | { readonly kind: "part"; readonly attempt: number; readonly items: Batch }
  /** The whole list cannot be read in this form: it has to be listed in pages. */
  | { readonly kind: "again"; readonly attempt: number }
  /** The watch ended without an error. */
  | { readonly kind: "ended"; readonly attempt: number }
  | { readonly kind: "failed"; readonly attempt: number; readonly error: KubeError }
  /** The timer fired. */
  | { readonly kind: "wake" }
  | { readonly kind: "stop" }
);

export type ReflectorEffect =
  | { readonly kind: "stream"; readonly attempt: number; readonly timeoutSeconds: number }
  | ({ readonly kind: "list"; readonly attempt: number } & PageRequest)
  | {
      readonly kind: "watch";
      readonly attempt: number;
      readonly resourceVersion: string;
      readonly timeoutSeconds: number;
    }
  /** Ends what is being read. */
  | { readonly kind: "cancel" }
  /** Sets the one timer anew; without a time, clears it. */
  | { readonly kind: "timer"; readonly at?: number }
  /** A list begins: what follows is collected beside the store. */
  | { readonly kind: "begin" }
  | { readonly kind: "collect"; readonly items: Batch }
  /** In a streaming list: the object was deleted again. */
  | { readonly kind: "uncollect"; readonly object: KrmObject }
  /** What was collected takes the store's place, in one go. */
  | { readonly kind: "commit" }
  | { readonly kind: "discard" }
  | { readonly kind: "put"; readonly object: KrmObject }
  | { readonly kind: "remove"; readonly object: KrmObject };

export interface ReflectorStep {
  readonly state: ReflectorState;
  readonly effects: readonly ReflectorEffect[];
}
