import { setOwn } from "@fairlead/apimachinery";
import type { SidecarPolicySpec } from "../../../kinds/sidecar-policy.ts";
import { seconds } from "../../shared/duration.ts";
import type { SidecarSettings, Wave, WindowSettings } from "../model/settings.ts";
import { defaultSettings, fortsaSettings } from "../presets.ts";

/** A SidecarPolicy's spec with everything that it does not say. `spec` obeys the kind's schema. */
export function settingsOf(spec: SidecarPolicySpec): SidecarSettings {
  const base = spec.compat === "fortsa" ? fortsaSettings : defaultSettings;
  const { select = {}, compare = {}, oracle = {}, restart = {}, budget = {} } = spec;
  return {
    mode: base.mode,
    select: {
      skipNamespaces: select.skipNamespaces ?? base.select.skipNamespaces,
      namespaceSelector: select.namespaceSelector ?? base.select.namespaceSelector,
      workloadSelector: select.selector ?? base.select.workloadSelector,
      optIn: select.optIn ?? base.select.optIn,
      istioNamespaces: select.istioNamespaces ?? base.select.istioNamespaces,
      identityKey: select.identityKey ?? base.select.identityKey,
    },
    compare: {
      fields: { ...base.compare.fields, ...compare.fields },
      registry: compare.registry ?? base.compare.registry,
      ignoredEnv: compare.ignoredEnv ?? base.compare.ignoredEnv,
    },
    oracle: {
      ask: oracle.ask ?? base.oracle.ask,
      settleMs: ms(oracle.settle) ?? base.oracle.settleMs,
      patienceMs: ms(oracle.patience) ?? base.oracle.patienceMs,
      timeoutMs: ms(oracle.timeout) ?? base.oracle.timeoutMs,
      concurrency: oracle.concurrency ?? base.oracle.concurrency,
    },
    restart: {
      mode: restart.mode ?? base.restart.mode,
      unknownOwners: restart.unknownOwners ?? base.restart.unknownOwners,
      dryRun: restart.dryRun ?? base.restart.dryRun,
      cooldownMs: ms(restart.cooldown) ?? base.restart.cooldownMs,
      delayMs: ms(restart.delay) ?? base.restart.delayMs,
      deadlineMs: ms(restart.deadline) ?? base.restart.deadlineMs,
      trustOrder: restart.trustOrder ?? base.restart.trustOrder,
      periodMs: ms(restart.period) ?? base.restart.periodMs,
    },
    budget: {
      fleet: budget.fleet ?? base.budget.fleet,
      cluster: budget.cluster ?? base.budget.cluster,
      namespace: budget.namespace ?? base.budget.namespace,
      node: budget.node ?? base.budget.node,
      zone: budget.zone ?? base.budget.zone,
      pods: budget.pods ?? base.budget.pods,
      failures: budget.failures ?? base.budget.failures,
      namespaceFailures: budget.namespaceFailures ?? base.budget.namespaceFailures,
      disruptionBudgets: budget.disruptionBudgets ?? base.budget.disruptionBudgets,
    },
    waves: spec.waves?.map(waveOf) ?? base.waves,
    regions: spec.regions ?? base.regions,
    windows: windowsOf(spec.windows, base.windows),
  };
}

type Waves = NonNullable<SidecarPolicySpec["waves"]>;

function waveOf(wave: Waves[number]): Wave {
  return {
    name: wave.name,
    clusters: wave.clusters ?? [],
    namespaces: wave.namespaces ?? [],
    namespaceSelector: wave.namespaceSelector ?? "",
    selector: wave.selector ?? "",
    percent: wave.percent ?? 100,
    soakMs: ms(wave.soak) ?? 0,
  };
}

function windowsOf(windows: SidecarPolicySpec["windows"], base: WindowSettings): WindowSettings {
  if (windows === undefined) return base;
  return {
    all: windows.all ?? base.all,
    clusters: byName(windows.clusters),
    namespaces: byName(windows.namespaces),
  };
}

function byName(list: readonly { readonly name: string; readonly windows?: readonly string[] }[] = []) {
  const result: { [name: string]: string[] } = {};
  for (const { name, windows = [] } of list) setOwn(result, name, [...windows]);
  return result;
}

function ms(duration: string | undefined): number | undefined {
  const found = seconds(duration);
  return found === undefined ? undefined : Math.round(found * 1000);
}
