import { randomUUID } from "node:crypto";
import type { Clock } from "@fairlead/apimachinery";
import type { WorkKey, WorkQueue } from "@fairlead/kube";
import type { Attached } from "./attach.ts";
import type { AnyController } from "./controller.ts";
import type { Right } from "./gate.ts";
import { errorFields } from "./log.ts";
import type { Metrics, Result } from "./metrics.ts";
import { TerminalError } from "./outcome.ts";

export interface ReconcileOne {
  readonly controller: AnyController;
  readonly attached: Attached;
  readonly item: WorkKey;
  readonly right: Right;
  /** Of everything that may end the work. */
  readonly signal: AbortSignal;
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Whether the key is this process's to finish. */
  readonly owns: () => boolean;
}

/** One reconcile with everything around it: the only place that decides what becomes of an error. */
export async function reconcileOne(work: ReconcileOne): Promise<void> {
  const { controller, attached, item, right, signal, queue, clock, metrics } = work;
  const reconcileId = randomUUID();
  const log = attached.cluster.log.child({ key: item.key, reconcileId });
  const start = clock.monotonic();
  const finish = (result: Result) => metrics.reconciled(controller.name, result, (clock.monotonic() - start) / 1000);
  try {
    const outcome = await controller.reconcile(item.key, {
      cluster: attached.cluster,
      state: attached.state(),
      log,
      reconcileId,
      signal,
      term: right.term,
      mayWrite: () => !signal.aborted && right.held() && work.owns(),
    });
    queue.forget(item);
    if (outcome.kind === "after") queue.addAfter(item, outcome.ms);
    finish(outcome.kind);
    log.debug({ outcome: outcome.kind, ms: Math.round(clock.monotonic() - start) }, "reconciled");
  } catch (error) {
    if (signal.aborted) {
      // Whoever may write next looks at it again, and so do we if we may.
      queue.forget(item);
      queue.addAfter(item, 0);
      finish("aborted");
      log.info("reconcile was ended");
    } else if (error instanceof TerminalError) {
      queue.forget(item);
      finish("terminal");
      log.error({ error: errorFields(error) }, "reconcile failed and is not tried again");
    } else {
      const retryMs = queue.retry(item);
      finish("error");
      log.warn({ error: errorFields(error), retryMs: Math.round(retryMs) }, "reconcile failed");
    }
  }
}
