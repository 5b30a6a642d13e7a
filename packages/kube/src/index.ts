/// <reference types="node" preserve="true" />
export * from "./access/access.ts";
export { type AccessLiteral, accessOf } from "./access/access-of.ts";
export { type DefaultAccessOptions, defaultAccess } from "./access/default-access.ts";
export { accessFindingOf } from "./access/error-finding.ts";
export { type InClusterOptions, inClusterAccess, isInCluster } from "./access/in-cluster.ts";
export type { Impersonation } from "./access/credentials/impersonate.ts";
export { guarded, guardedUrl, quotable, secret, type Secret } from "./access/hidden.ts";
export { accessFindings } from "./access/kubeconfig/findings.ts";
export type * from "./access/kubeconfig/kubeconfig.ts";
export { type LoadKubeconfigOptions, loadKubeconfig } from "./access/kubeconfig/load.ts";
export { mergeKubeconfigs } from "./access/kubeconfig/merge.ts";
export { type KubeconfigResult, type ReadKubeconfigOptions, readKubeconfig } from "./access/kubeconfig/read.ts";
export { resolveContext } from "./access/kubeconfig/resolve.ts";
export type { AccessOptions, AccessResult, ResolveOptions } from "./access/kubeconfig/resolve-options.ts";
export { systemCertificates } from "./access/system-certificates.ts";
export { holdProcess, systemClock } from "./clock.ts";
export type * from "./client/client.ts";
export { createClient } from "./client/create-client.ts";
export type { ClientOptions, ObservedAttempt } from "./client/options.ts";
export type { Discovery, PublishedSchema } from "./discovery/discovery.ts";
export * from "./errors.ts";
export * from "./resource.ts";
export * from "./status.ts";
export { createTransport } from "./transport/create-transport.ts";
export type { TransportOptions } from "./transport/options.ts";
export type { Transport, TransportRequest, TransportResponse } from "./transport/transport.ts";
export type * from "./informer/informer.ts";
export { createInformers, type InformerOptions, type Informers, type InformersOptions } from "./informer/informers.ts";
export type { ReflectorTimings } from "./informer/reflector-timings.ts";
export { dropManagedFields, keepFieldsOf, keepPaths, type Stripper } from "./informer/strip.ts";
export { type Backoff, backoffMs } from "./queue/backoff.ts";
export {
  createWorkQueue,
  type QueueMetrics,
  type WorkKey,
  type WorkQueue,
  type WorkQueueOptions,
} from "./queue/work-queue.ts";
export { type LeaderElection, type Leadership, type LeaseTimings, defaultLeaseTimings } from "./lease/leadership.ts";
export { type ElectionChange, type LeaderElectionOptions, createLeaderElection } from "./lease/leader-election.ts";
export { type LeaseTrouble } from "./lease/trouble.ts";
export { microTime } from "./lease/micro-time.ts";
export { memberOf } from "./lease/rendezvous.ts";
export { type Sharding, type ShardingOptions, createSharding } from "./lease/sharding.ts";
export type { EventRecorder, RecordedEvent } from "./events/recorder.ts";
export { type EventRecorderOptions, createEventRecorder } from "./events/event-recorder.ts";
export * from "./apply/apply-set.ts";
export { applyFinding } from "./apply/findings.ts";
export { planFor, planObserved } from "./apply/plan-for.ts";
export { compareObjects } from "./apply/compare-objects.ts";
export { type Outcome, type RunOptions, type RunResult, type StepResult, runApply } from "./apply/run-apply.ts";
export { type ApplySetDiff, type ObjectDiff, diffApplySet, diffPlan } from "./apply/diff-apply-set.ts";
export { type DeleteResult, deleteApplySet, planDeletion, runDeletion } from "./apply/delete-apply-set.ts";
export { stepFinding } from "./apply/step-finding.ts";
export {
  type WaitCondition,
  type WaitOptions,
  type WaitResult,
  type WaitState,
  type WaitTarget,
  waitFor,
  waitUntil,
} from "./wait/wait.ts";
export { type Judge, type Verdict, judgeDeleted, judgeEstablished, judgeReady } from "./wait/verdict.ts";
export { podProblem, workloadReason } from "./wait/pod-reason.ts";
export { type ServedKinds, servedKinds } from "./apply/served-kinds.ts";
export { type Observation, type ObserveOptions, observe } from "./apply/observe.ts";
export { type PlanInput, blockers, isNoop, planApply } from "./apply/plan/plan-apply.ts";
export type { Compare, Comparison, FieldConflict, NamespaceState } from "./apply/plan/plan-object.ts";
export type { ResourceLookup } from "./apply/plan/custom-resource.ts";
export type { KnownSet } from "./apply/plan/owners.ts";
export { type Destruction, destructionOf } from "./apply/plan/plan-prune.ts";
export { applySetId, idLabel, parentState, partOfLabel, type ParentState } from "./apply/plan/parent.ts";
export { maskBoth, maskChanges } from "./apply/plan/mask.ts";
export type { ExecSession, PortForward } from "./streams/session.ts";
export { type AttachOptions, attachTo, type ExecOptions, execIn } from "./streams/exec.ts";
export {
  type ForwardClient,
  type ForwardedPort,
  portForward,
  type PortForwardOptions,
} from "./streams/port-forward.ts";
export { type LogClient, type LogOptions, logsOf } from "./streams/logs.ts";
export { type FollowClient, followLogs, type FollowLogsOptions } from "./streams/follow-logs.ts";
export type { LogLine } from "./streams/log-line.ts";
export { readLogLines } from "./streams/read-log-lines.ts";
export { containerOf, containersOf, containerState, type ContainerState } from "./streams/container-state.ts";
export type { StreamClient } from "./streams/open-socket.ts";
