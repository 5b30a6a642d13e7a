import { formatRef } from "@fairlead/krm";
import { paint } from "../paint.ts";
import { signOf, type ProgressState } from "../progress/layout.ts";
import { cutText, plainText, textWidth } from "../progress/text-width.ts";
import type { NodeState, StatusNode } from "./forest.ts";

const signs: { readonly [state in NodeState]: ProgressState } = {
  ready: "done",
  waiting: "working",
  failed: "failed",
  missing: "failed",
};

export interface FormatOptions {
  readonly color: boolean;
  /** Lines are cut to these columns; whole lines unless told. */
  readonly columns?: number;
  /** Which picture of the spinner; a dot unless told. */
  readonly frame?: number;
}

/** The trees as lines: sign, kind and name, and what the object says of itself. */
export function formatForest(nodes: readonly StatusNode[], options: FormatOptions): string[] {
  return nodes.flatMap((node) => linesOf(node, { first: "", rest: "" }, options, true));
}

interface Guides {
  readonly first: string;
  readonly rest: string;
}

function linesOf(node: StatusNode, guides: Guides, options: FormatOptions, isRoot: boolean): string[] {
  const lines = [lineOf(node, guides.first, options, isRoot)];
  for (const [index, child] of node.children.entries()) {
    const isLast = index === node.children.length - 1;
    const inside = {
      first: `${guides.rest}${isLast ? "└─ " : "├─ "}`,
      rest: `${guides.rest}${isLast ? "   " : "│  "}`,
    };
    lines.push(...linesOf(child, inside, options, false));
  }
  return lines;
}

function lineOf({ ref, state, reason }: StatusNode, guide: string, options: FormatOptions, isRoot: boolean): string {
  const { color, columns = Number.MAX_SAFE_INTEGER, frame } = options;
  const { bold, dim, red } = paint(color);
  // Below a root everything is in its namespace, as a rule.
  const { namespace: _namespace, ...short } = ref;
  const name = cutText(plainText(formatRef(isRoot ? ref : short)), Math.max(1, columns - guide.length - 2));
  const room = columns - guide.length - 2 - textWidth(name) - 2;
  const said = room < 4 ? "" : cutText(plainText(reason), room);
  const style = state === "failed" || state === "missing" ? red : dim;
  const sign = state === "waiting" && frame === undefined ? "…" : signOf(signs[state], frame ?? 0, color);
  return `${dim(guide)}${sign} ${isRoot ? bold(name) : name}${said === "" ? "" : `  ${style(said)}`}`;
}

/** As JSON has it. */
export function forestToJson(nodes: readonly StatusNode[]): object[] {
  return nodes.map(({ ref, state, reason, children }) => ({
    object: ref,
    state,
    ...(reason === "" ? {} : { reason }),
    children: forestToJson(children),
  }));
}
