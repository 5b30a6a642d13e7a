import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Client, ObjectKey } from "@fairlead/kube";
import type { ActionResult, RunAction } from "../../../plan/sidecars/model/run.ts";
import type { SidecarMode } from "../../../plan/sidecars/model/settings.ts";
import { annotate } from "./annotate.ts";
import { evict } from "./evict.ts";

/** What changes a workload. */
export type Change = Extract<RunAction, { readonly kind: "restart" | "evict" }>;

/** A request that writes, as it is sent; for tests, and for whoever keeps a record. */
export interface SentWrite {
  readonly cluster: string;
  readonly verb: "patch" | "evict";
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly body: JsonObject;
}

export interface ActContext {
  readonly client: Client;
  readonly mode: SidecarMode;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** By the watch; undefined: it is not there. */
  readonly find: (
    kind: { readonly apiVersion: string; readonly kind: string },
    key: ObjectKey,
  ) => KrmObject | undefined;
  /**
   * Whether a pod because of which a workload is restarted is there, as the API server knows it now. Rejects as reads do.
   */
  readonly isNeeded: (change: Change) => Promise<boolean>;
  /** Whether this process may write now, and what was decided still holds. Asked right before each request. */
  readonly mayStill: (change: Change) => boolean;
  /** Whether an object is the one about which was decided: nobody has given it another template, nor restarted it. */
  readonly isSame: (change: Change, object: KrmObject) => boolean;
  readonly wrote: (object: KrmObject) => void;
  readonly pause: (ms: number) => Promise<void>;
  readonly onSend?: (write: SentWrite) => void;
}

/** Carries out what a step asks for. Never rejects: whatever happens is a result. */
export function act(change: Change, context: ActContext): Promise<ActionResult> {
  return change.kind === "evict" ? evict(change, context) : annotate(change, context);
}
