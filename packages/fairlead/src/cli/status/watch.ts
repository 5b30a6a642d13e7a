import { formatRef, renderFindings, type Finding } from "@fairlead/krm";
import { systemClock } from "@fairlead/kube";
import { errorFinding } from "../cluster/error-finding.ts";
import type { Target } from "../cluster/targets.ts";
import { exitCode, type CliContext } from "../context.ts";
import { hideCursor, redraw, showCursor } from "../progress/redraw.ts";
import { signOf } from "../progress/layout.ts";
import { cutText } from "../progress/text-width.ts";
import { statusText, statusToJson, type ClusterStatus } from "./cluster-status.ts";
import { hasFailed, type StatusNode } from "./forest.ts";
import { watchScopes, type Watched } from "./read.ts";
import type { StatusScope } from "./scope.ts";

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

interface Shell {
  readonly animated: boolean;
  show(clusters: readonly ClusterStatus[], frame: number): void;
  end(): void;
}

function jsonShell({ process }: CliContext): Shell {
  let before = "";
  return {
    animated: false,
    show(clusters) {
      const text = JSON.stringify(
        statusToJson(
          clusters,
          clusters.flatMap(({ findings }) => findings),
        ),
      );
      if (text !== before) process.stdout.write(`${text}\n`);
      before = text;
    },
    end: () => undefined,
  };
}

/** A line for each object whose state or reason has changed. */
function lineShell({ process, color }: CliContext): Shell {
  let before = new Map<string, string>();
  let said = "";
  return {
    animated: false,
    show(clusters) {
      const after = new Map<string, string>();
      const walk = (cluster: string, node: StatusNode): void => {
        const where = clusters.length > 1 ? `${cluster}: ` : "";
        const key = `${where}${formatRef(node.ref)}`;
        const sign =
          node.state === "waiting" ? "…" : signOf(node.state === "ready" ? "done" : "failed", 0, color.stdout);
        after.set(key, `${sign} ${key}${node.reason === "" ? "" : `: ${node.reason}`}`);
        for (const child of node.children) walk(cluster, child);
      };
      for (const { cluster, nodes } of clusters) for (const node of nodes) walk(cluster, node);
      for (const [key, line] of after) if (before.get(key) !== line) process.stdout.write(`${line}\n`);
      for (const key of before.keys()) if (!after.has(key)) process.stdout.write(`- ${key}\n`);
      before = after;
      const findings = renderFindings(
        clusters.flatMap((one) => one.findings),
        { color: color.stderr },
      );
      if (findings !== said) process.stderr.write(findings);
      said = findings;
    },
    end: () => undefined,
  };
}

function screenShell(context: CliContext): Shell {
  const { process, color } = context;
  const terminal = context.terminal!;
  let shown: readonly string[] = [];
  const off = terminal.onResize(() => (shown = []));
  process.stderr.write(hideCursor);
  return {
    animated: true,
    show(clusters, frame) {
      const { columns, rows } = terminal.size();
      const findings = renderFindings(
        clusters.flatMap((one) => one.findings),
        { color: false },
      );
      const lines = [
        ...statusText(clusters, color.stderr, { columns, frame }),
        ...findings
          .split("\n")
          .slice(0, -1)
          .map((line) => cutText(line, columns)),
      ];
      const room = Math.max(1, rows - 1);
      const fits =
        lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines`];
      process.stderr.write(redraw(shown, fits));
      shown = fits;
    },
    end() {
      off();
      process.stderr.write(showCursor);
    },
  };
}
