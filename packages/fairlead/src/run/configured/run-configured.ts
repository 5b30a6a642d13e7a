import { equal, type Clock, type JsonValue } from "@fairlead/apimachinery";
import { hasErrors, type Finding, type KrmObject } from "@fairlead/krm";
import { dropManagedFields, holdProcess, type Client } from "@fairlead/kube";
import { Registry } from "prom-client";
import { apiVersion } from "../../kinds/group.ts";
import { defaultRegistry } from "../../plan/mesh/config/registry-settings.ts";
import { openSession, type WatchedKind } from "../clusters/session.ts";
import { serveHealth, type Health } from "../health.ts";
import { errorFields, type Log } from "../log.ts";
import { createProblems } from "../problems.ts";
import { writeConfigStatus } from "./config-status.ts";

/** What runs under one configuration. */
export interface Configured {
  readonly metrics: Registry;
  notReady(): readonly string[];
  stop(): Promise<void>;
  /** Rejects if it cannot go on, such as when leading is impossible. */
  readonly ended: Promise<void>;
}

export interface RunConfiguredOptions<Configuration, Running extends Configured> {
  /** It stays the caller's to close. */
  readonly home: Client;
  /** The kind of Fairlead that holds the configuration. It need not be installed. */
  readonly kind: string;
  /** Where objects of the kind are followed; undefined: `configure` is asked once, with none. */
  readonly namespace: string | undefined;
  readonly fieldManager: string;
  readonly choose: (configs: readonly KrmObject[]) => {
    readonly chosen: KrmObject | undefined;
    readonly findings: readonly Finding[];
  };
  /** What an object says, together with flags and files. With errors nothing changes. */
  readonly configure: (
    config: KrmObject | undefined,
  ) => Promise<{ readonly configuration: Configuration; readonly findings: readonly Finding[] }>;
  readonly begin: (configuration: Configuration) => Running;
  /** Before `ended` resolves, when nothing runs any more. */
  readonly finish?: () => Promise<void>;
  /** Where /healthz, /readyz and /metrics are served. */
  readonly health: readonly { readonly host: string; readonly port: number }[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

export interface RunningConfigured<Running> {
  /** What runs; undefined while there is no usable configuration. Another one after each change of it. */
  current(): Running | undefined;
  /** Why the process is not ready. */
  notReady(): readonly string[];
  readonly health: readonly Health[];
  stop(): Promise<void>;
  /** Resolves when it has stopped, whoever stopped it; rejects if what runs cannot go on. */
  readonly ended: Promise<void>;
}

/** Changes of a configuration that come together are one. */
const quietMs = 250;

/** Runs something by an object of the home cluster, from now on and through its changes. Rejects only if it cannot listen. */
export async function runConfigured<Configuration, Running extends Configured>(
  options: RunConfiguredOptions<Configuration, Running>,
): Promise<RunningConfigured<Running>> {
  const { home, clock, random, log, configure } = options;
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const problems = createProblems();
  let current: { readonly running: Running; readonly configuration: Configuration } | undefined;
  let problem: string | undefined = "the configuration is being read";
  let turning: Promise<void> = Promise.resolve();
  let cancelQuiet = (): void => {};
  let isStopping = false;

  const notReady = (): readonly string[] =>
    current === undefined ? [problem ?? "there is no configuration"] : current.running.notReady();
  const registry = new Registry();
  registry.metrics = () => current?.running.metrics.metrics() ?? Promise.resolve("");
  const health: Health[] = [];
  try {
    for (const address of options.health) health.push(await serveHealth({ ...address, registry, notReady }));
  } catch (error) {
    await Promise.all(health.map((one) => one.close()));
    throw error;
  }

  function begin(configuration: Configuration): void {
    const running = options.begin(configuration);
    current = { running, configuration };
    running.ended.catch((error: unknown) => {
      void stop();
      reject(error as Error);
    });
  }

  /** Takes what the objects say now. What is wrong with them changes nothing of what runs. */
  async function take(configs: readonly KrmObject[]): Promise<void> {
    const { chosen, findings: others } = options.choose(configs);
    const { findings: own, configuration } = await configure(chosen);
    const findings = [...others, ...own];
    for (const finding of problems.set("configuration", findings)) log.warn({ finding }, "a finding");
    if (chosen !== undefined) {
      await writeConfigStatus(home, chosen, {
        findings: own,
        now: clock.now(),
        log,
        fieldManager: options.fieldManager,
      });
    }
    if (isStopping) return;
    if (hasErrors(own)) {
      problem = own.find(({ severity }) => severity === "error")!.message;
      return;
    }
    problem = undefined;
    if (current !== undefined && equal(plain(current.configuration), plain(configuration))) return;
    if (current !== undefined) {
      log.info({}, "the configuration has changed");
      await current.running.stop();
      if (isStopping) return;
    }
    begin(configuration);
  }

  const config: WatchedKind = {
    apiVersion,
    kind: options.kind,
    optional: true,
    namespace: options.namespace ?? "",
    strip: dropManagedFields,
  };
  const session =
    options.namespace === undefined
      ? undefined
      : openSession({
          name: "",
          client: home,
          kinds: [config],
          limits: defaultRegistry.limits,
          clock,
          random,
          log,
          onChange: () => due(),
          onListed: () => {},
          onStatus: () => (current === undefined ? due() : undefined),
        });

  function due(): void {
    cancelQuiet();
    cancelQuiet = clock.after(quietMs, () => {
      if (isStopping || session?.isReady() === false) return;
      const configs = [...(session?.objects() ?? [])].map(([, object]) => object);
      const failed = (error: unknown): void =>
        log.error({ error: errorFields(error) }, "the configuration could not be taken");
      turning = turning.then(() => take(configs)).catch(failed);
    });
  }
  due();

  // Timers of the clock do not keep a process alive, and a home cluster without the kind leaves nothing else open.
  const letGo = holdProcess();
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= end());
  async function end(): Promise<void> {
    isStopping = true;
    cancelQuiet();
    await session?.close();
    await turning;
    await current?.running.stop();
    await options.finish?.();
    await Promise.all(health.map((one) => one.close()));
    letGo();
    resolve();
  }

  return { current: () => current?.running, notReady, health, stop, ended };
}

function plain(configuration: unknown): JsonValue {
  return JSON.parse(JSON.stringify(configuration)) as JsonValue;
}
