export type { Snapshot, Store, StoreEvent, StoreOptions, Stored } from "./store/store.ts";
export {
  type ClientCertificateRequest,
  type ClusterCertificateOptions,
  type ClusterCertificates,
  createClusterCertificates,
} from "./serve/certificates/cluster-certificates.ts";
export { type CertificateRequest, type Issued, issueCertificate } from "./serve/certificates/issue-certificate.ts";
export type { Faults, RequestFault } from "./serve/faults.ts";
export { kubeconfig, type KubeconfigEntry, writeKubeconfig } from "./serve/kubeconfig.ts";
export type { Limits } from "./serve/limits.ts";
export type { Handler } from "./serve/serve-exchange.ts";
export { type RunningServer, type ServerOptions, startServer } from "./serve/server.ts";
export { systemClock } from "./serve/system-clock.ts";
export type { ExecProcess, ExecRequest, ExecTarget, ExitStatus } from "./streams/exec-target.ts";
export { execUpgrade } from "./streams/exec-upgrade.ts";
export type { PortTarget } from "./streams/port-target.ts";
export { portForwardUpgrade } from "./streams/port-forward-upgrade.ts";
export { readExecRequest } from "./streams/read-exec-request.ts";
