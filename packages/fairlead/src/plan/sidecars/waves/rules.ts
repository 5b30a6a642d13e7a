import { matchesSelector, parseSelector, type Selector } from "@fairlead/apimachinery";
import type { Labels } from "../model/facts.ts";
import type { SidecarSettings, Wave } from "../model/settings.ts";
import { parseWindows, windowsAt, type ParsedWindows } from "./windows.ts";

/** Settings, read once. */
export interface Rules {
  readonly settings: SidecarSettings;
  readonly waves: readonly ReadWave[];
  /** Whether the settings name any windows. */
  readonly hasWindows: boolean;
  /** Answers about windows at a moment; remembered while they hold. */
  windows(texts: readonly string[], now: number): WindowState;
}

export interface WindowState {
  readonly open: boolean;
  /** Clock time of the next change; undefined: never. */
  readonly until: number | undefined;
  readonly problem: string | undefined;
}

export interface ReadWave {
  readonly name: string;
  readonly percent: number;
  readonly soakMs: number;
  /** `undefined` labels: not known, they may match. */
  matches(place: WavePlace): boolean;
}

export interface WavePlace {
  readonly cluster: string;
  readonly namespace: string;
  readonly labels: Labels | undefined;
  readonly namespaceLabels: Labels | undefined;
}

/** Name of the wave of everything that no wave chooses. */
export const restWave = "rest";

export function rulesOf(settings: SidecarSettings): Rules {
  const rest: ReadWave = { name: restWave, percent: 100, soakMs: 0, matches: () => true };
  const { all, clusters, namespaces } = settings.windows;
  const hasWindows = all.length > 0 || Object.keys(clusters).length > 0 || Object.keys(namespaces).length > 0;
  return { settings, waves: [...settings.waves.map(readWave), rest], hasWindows, windows: rememberWindows() };
}

function readWave({ name, percent, soakMs, namespaces, clusters, namespaceSelector, selector }: Wave): ReadWave {
  const [ofNamespace, ofWorkload] = [selectorOf(namespaceSelector), selectorOf(selector)];
  return {
    name,
    percent,
    soakMs,
    matches: (place) =>
      (namespaces.length === 0 || namespaces.includes(place.namespace)) &&
      (clusters.length === 0 || clusters.includes(place.cluster)) &&
      (place.namespaceLabels === undefined || ofNamespace(place.namespaceLabels)) &&
      (place.labels === undefined || ofWorkload(place.labels)),
  };
}

/** One that cannot be read selects nothing: what it was meant for goes in the last wave. */
function selectorOf(text: string): (labels: Labels) => boolean {
  if (text.trim() === "") return () => true;
  const parsed = parseSelector(text);
  const selector: Selector | undefined = parsed.kind === "selector" ? parsed.selector : undefined;
  return (labels) => selector !== undefined && matchesSelector(selector, labels);
}

/** Texts of which answers are remembered: as many as there are workloads in a large fleet. */
const mostTexts = 20_000;

function rememberWindows(): Rules["windows"] {
  const known = new Map<string, { parsed: ParsedWindows; from: number; state: WindowState }>();
  return (texts, now) => {
    const key = texts.join(";");
    const found = known.get(key);
    if (found !== undefined && found.from <= now && (found.state.until === undefined || now < found.state.until)) {
      return found.state;
    }
    const parsed = found?.parsed ?? parseWindows(key);
    const state: WindowState =
      parsed.kind === "problem"
        ? { open: false, until: undefined, problem: parsed.message }
        : { ...windowsAt(parsed.windows, now), problem: undefined };
    if (known.size >= mostTexts) known.clear();
    known.set(key, { parsed, from: now, state });
    return state;
  };
}
