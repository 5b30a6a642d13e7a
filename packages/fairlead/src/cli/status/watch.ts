import type { Finding } from "@fairlead/krm";
import { systemClock } from "@fairlead/kube";
import { errorFinding } from "../cluster/error-finding.ts";
import type { Target } from "../cluster/targets.ts";
import { exitCode, type CliContext } from "../context.ts";
import type { ClusterStatus } from "./cluster-status.ts";
import { hasFailed } from "./forest.ts";
import { watchScopes, type Watched } from "./read.ts";
import type { StatusScope } from "./scope.ts";
import { jsonShell, lineShell, screenShell } from "./shells.ts";

/** Changes that come together are shown together. */
const settleMs = 100;
const frameMs = 100;
const framesPerLook = 20;

/** Shows the status until the user interrupts: redrawn on a terminal, else what changed; as JSON a document per change. */
export async function watchStatus(
  context: CliContext,
  output: "text" | "json",
  targets: readonly Target[],
  scopeOf: (target: Target) => Promise<StatusScope>,
): Promise<void> {
  const clock = context.clock ?? systemClock;
  const signal = context.interrupted?.();
  const live: { target: Target; scope?: StatusScope; watched?: Watched; finding?: Finding }[] = targets.map(
    (target) => ({
      target,
    }),
  );
  const observe = (): ClusterStatus[] =>
    live.map(({ target, scope, watched, finding }) => ({
      cluster: target.name,
      nodes: scope === undefined || watched === undefined ? [] : scope.forest(watched.objects(), clock.now()),
      findings: [
        ...(scope?.findings ?? []),
        ...(watched?.findings() ?? []),
        ...(finding === undefined ? [] : [finding]),
      ],
    }));

  const shell =
    output === "json" ? jsonShell(context) : context.terminal === undefined ? lineShell(context) : screenShell(context);
  let cancel: (() => void) | undefined;
  let frame = 0;
  let seen: readonly ClusterStatus[] | undefined;
  const draw = (): void => {
    cancel = undefined;
    // Pictures of the spinner come often, changes do not; some verdicts need nothing but time.
    if (frame % framesPerLook === 0) seen = undefined;
    shell.show((seen ??= observe()), frame);
    if (shell.animated) cancel = clock.after(frameMs, () => (frame++, draw()));
  };
  const changed = (): void => {
    seen = undefined;
    cancel ??= clock.after(settleMs, draw);
  };
  try {
    await Promise.all(
      live.map(async (one) => {
        try {
          one.scope = await scopeOf(one.target);
          one.watched = await watchScopes(one.target.client, one.scope.scopes, clock, changed, signal);
        } catch (error) {
          one.finding = errorFinding(error);
        }
      }),
    );
    cancel?.();
    draw();
    await aborted(signal);
  } finally {
    cancel?.();
    cancel = undefined;
    const last = observe();
    shell.show(last, frame);
    shell.end();
    await Promise.all(live.flatMap(({ watched }) => (watched === undefined ? [] : [watched.stop()])));
    const failed = last.some(({ nodes, findings }) => hasFailed(nodes) || findings.length > 0);
    context.process.exitCode = failed ? exitCode.findings : exitCode.ok;
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    else signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}
