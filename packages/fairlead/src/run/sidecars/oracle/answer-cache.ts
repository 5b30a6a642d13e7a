import type { Answer } from "../../../plan/sidecars/model/question.ts";

interface Kept {
  readonly epoch: number;
  readonly answer: Answer;
  /** It was doubted once, and asked again since. */
  readonly confirmed: boolean;
}

/** Answers by question, each worth something in one epoch of its injector only. Those not used for longest go first. */
export interface AnswerCache {
  get(id: string, epoch: number): Answer | undefined;
  set(id: string, epoch: number, answer: Answer): void;
  /**
   * Forgets an answer that was given up to a clock time, so that it is asked again; false if that was done before, or
   * there is none.
   */
  doubt(id: string, epoch: number, since: number): boolean;
  readonly size: number;
}

export function createAnswerCache(most = 20_000): AnswerCache {
  const kept = new Map<string, Kept>();
  const doubted = new Map<string, number>();
  return {
    get(id, epoch) {
      const one = kept.get(id);
      if (one === undefined) return undefined;
      kept.delete(id);
      if (one.epoch !== epoch) return undefined;
      kept.set(id, one);
      return one.answer;
    },
    set(id, epoch, answer) {
      kept.delete(id);
      kept.set(id, { epoch, answer, confirmed: doubted.get(id) === epoch });
      doubted.delete(id);
      const oldest = kept.keys().next().value;
      if (kept.size > most && oldest !== undefined) kept.delete(oldest);
    },
    doubt(id, epoch, since) {
      const one = kept.get(id);
      if (one === undefined || one.epoch !== epoch || one.confirmed || one.answer.kind === "failed") return false;
      if (one.answer.at > since) return false;
      kept.delete(id);
      doubted.set(id, epoch);
      return true;
    },
    get size() {
      return kept.size;
    },
  };
}
