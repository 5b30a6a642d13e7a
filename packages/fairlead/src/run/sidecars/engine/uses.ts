import type { WorkloadKey } from "../../../plan/sidecars/model/decision.ts";

/** What decisions were made by: whose answer to a question, and whose state, touches which workloads. */
export interface Uses {
  /** What the workload used before is forgotten with `end`. */
  begin(key: WorkloadKey): { question(id: string): void; injector(id: string): void; end(): void };
  ofQuestion(id: string): ReadonlySet<WorkloadKey>;
  ofInjector(id: string): ReadonlySet<WorkloadKey>;
  clear(): void;
}

type Index = Map<string, Set<WorkloadKey>>;

interface Used {
  readonly questions: readonly string[];
  readonly injectors: readonly string[];
}

const none: ReadonlySet<WorkloadKey> = new Set();

export function createUses(): Uses {
  const questions: Index = new Map();
  const injectors: Index = new Map();
  const used = new Map<WorkloadKey, Used>();
  return {
    begin(key) {
      const [newQuestions, newInjectors] = [new Set<string>(), new Set<string>()];
      return {
        question: (id) => void newQuestions.add(id),
        injector: (id) => void newInjectors.add(id),
        end() {
          const before = used.get(key);
          for (const id of before?.questions ?? []) if (!newQuestions.has(id)) drop(questions, id, key);
          for (const id of before?.injectors ?? []) if (!newInjectors.has(id)) drop(injectors, id, key);
          for (const id of newQuestions) put(questions, id, key);
          for (const id of newInjectors) put(injectors, id, key);
          if (newQuestions.size + newInjectors.size === 0) used.delete(key);
          else used.set(key, { questions: [...newQuestions], injectors: [...newInjectors] });
        },
      };
    },
    ofQuestion: (id) => questions.get(id) ?? none,
    ofInjector: (id) => injectors.get(id) ?? none,
    clear() {
      questions.clear();
      injectors.clear();
      used.clear();
    },
  };
}

function put(index: Index, id: string, key: WorkloadKey): void {
  const keys = index.get(id);
  if (keys === undefined) index.set(id, new Set([key]));
  else keys.add(key);
}

function drop(index: Index, id: string, key: WorkloadKey): void {
  const keys = index.get(id);
  keys?.delete(key);
  if (keys?.size === 0) index.delete(id);
}
