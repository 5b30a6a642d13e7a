import path from "node:path";
import { runStep, type Step, type StepResult } from "../testing/step.ts";

/** Suites that share what is started for them. */
export interface Lane {
  readonly files: readonly string[];
  /** How many of its suites may run at a time. */
  readonly slots: number;
  /** Starts what the suites need; the environment tells them of it. */
  prepare(): Promise<{ readonly env: Readonly<Record<string, string>>; stop(): Promise<void> }>;
}

export interface Run {
  readonly root: string;
  /** How many suites may run at a time, of all lanes. */
  readonly slots: number;
  /** Options that go to node:test as they are. */
  readonly testOptions: readonly string[];
  readonly onResult: (result: StepResult) => void;
}

/** Runs the lanes side by side; each ends what it has started with its last suite. */
export async function runLanes(lanes: readonly Lane[], run: Run): Promise<StepResult[]> {
  const take = slotsOf(run.slots);
  const outcomes = await Promise.allSettled(lanes.map((lane) => runLane(lane, run, take)));
  const failed = outcomes.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return outcomes.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
}

type Take = () => Promise<() => void>;

async function runLane(lane: Lane, run: Run, take: Take): Promise<StepResult[]> {
  if (lane.files.length === 0) return [];
  const { env, stop } = await lane.prepare();
  try {
    const queue = [...lane.files];
    const results: StepResult[] = [];
    const worker = async (): Promise<void> => {
      for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
        const release = await take();
        const result = await runStep(stepFor(file, run.testOptions, env), run.root).finally(release);
        results.push(result);
        run.onResult(result);
      }
    };
    await Promise.all(Array.from({ length: lane.slots }, worker));
    return results;
  } finally {
    await stop();
  }
}

/** At most so many hold a slot; who waits longest gets the next one. */
function slotsOf(count: number): Take {
  const waiting: (() => void)[] = [];
  let free = count;
  return async () => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return () => {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    };
  };
}

function stepFor(file: string, testOptions: readonly string[], env: Readonly<Record<string, string>>): Step {
  const testing = path.join(import.meta.dirname, "..", "testing");
  return {
    name: file,
    kind: "tests",
    command: [
      process.execPath,
      "--conditions=@fairlead/source",
      "--disable-warning=ExperimentalWarning",
      "--test-timeout=300000",
      `--test-reporter=${path.join(testing, "reporter.ts")}`,
      ...testOptions,
      path.join(testing, "entry.ts"),
      file,
    ],
    env,
  };
}
