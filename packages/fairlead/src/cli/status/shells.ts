import { formatRef, renderFindings } from "@fairlead/krm";
import type { CliContext } from "../context.ts";
import { signOf } from "../progress/layout.ts";
import { hideCursor, redraw, showCursor } from "../progress/redraw.ts";
import { cutText } from "../progress/text-width.ts";
import { statusText, statusToJson, type ClusterStatus } from "./cluster-status.ts";
import type { StatusNode } from "./forest.ts";

/** Where a status that changes is shown. */
export interface Shell {
  readonly animated: boolean;
  show(clusters: readonly ClusterStatus[], frame: number): void;
  end(): void;
}

/** A document for each change. */
export function jsonShell({ process }: CliContext): Shell {
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
export function lineShell({ process, color }: CliContext): Shell {
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

/** The trees, redrawn in place. */
export function screenShell(context: CliContext): Shell {
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
