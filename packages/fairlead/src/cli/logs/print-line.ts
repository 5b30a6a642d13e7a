import type { LogLine } from "@fairlead/kube";
import type { LogSource } from "./log-source.ts";

export interface PrintOptions {
  readonly output: "text" | "json";
  readonly color: boolean;
  readonly timestamps: boolean;
  /** Whether several clusters, several containers, or only one log. */
  readonly several: { readonly clusters: boolean; readonly containers: boolean; readonly logs: boolean };
}

/** Told apart on light and dark backgrounds; red stays for errors. */
const palette = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

/** Turns lines into text; each pod keeps its colour, in the order in which they come. */
export function linePrinter({ output, color, timestamps, several }: PrintOptions) {
  const styles = new Map<string, number>();
  const styleOf = (pod: string): number => {
    const style = styles.get(pod) ?? palette[styles.size % palette.length]!;
    styles.set(pod, style);
    return style;
  };
  return ({ cluster, namespace, pod, container }: LogSource, { time, text }: LogLine): string => {
    if (output === "json") {
      return `${JSON.stringify({ cluster, namespace, pod, container, ...(time === "" ? {} : { time }), text })}\n`;
    }
    const words = [...(several.clusters ? [cluster] : []), pod, ...(several.containers ? [container] : [])];
    const name = `[${words.join(" ")}]`;
    const prefix = !several.logs
      ? ""
      : color
        ? `\u001b[${styleOf(`${cluster}/${pod}`)}m${name}\u001b[39m `
        : `${name} `;
    return `${prefix}${timestamps && time !== "" ? `${time} ` : ""}${text}\n`;
  };
}
