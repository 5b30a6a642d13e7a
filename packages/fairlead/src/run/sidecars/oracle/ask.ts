import type { Question } from "../../../plan/sidecars/model/question.ts";
import type { OracleSettings } from "../../../plan/sidecars/model/settings.ts";
import type { Asked, AskedBy } from "./asked.ts";

export type AskOne = (question: Question, signal: AbortSignal) => Promise<Asked>;

export interface AskOptions {
  readonly ask: OracleSettings["ask"];
  readonly injector: AskOne;
  readonly dryRun: AskOne;
}

/**
 * Asks by the settings' way; with `auto` the injector first, and the API server where the injector cannot be reached.
 * What went well is what is tried first the next time, for each injector.
 */
export function createAsk({ ask, injector, dryRun }: AskOptions): AskOne {
  const ways = { injector, "dry-run": dryRun };
  if (ask !== "auto") return ways[ask];
  const remembered = new Map<string, AskedBy>();
  return async (question, signal) => {
    const key = `${question.cluster} ${question.injector.id}`;
    const first = remembered.get(key) ?? "injector";
    const asked = await ways[first](question, signal);
    if (asked.kind === "answered") {
      remembered.set(key, first);
      return asked;
    }
    // An injector that answers nonsense is there: the API server gets the same from it.
    if (asked.why === "answer" || (first === "injector" && asked.why === "injector") || signal.aborted) return asked;
    const second = first === "injector" ? "dry-run" : "injector";
    const other = await ways[second](question, signal);
    if (other.kind === "answered") remembered.set(key, second);
    if (other.kind === "answered" || other.why !== "unreachable") {
      return other.kind === "answered" ? other : { ...other, message: `${other.message}; ${asked.message}` };
    }
    return asked;
  };
}
