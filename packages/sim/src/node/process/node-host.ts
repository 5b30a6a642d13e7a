import type { Clock, JsonObject } from "@fairlead/apimachinery";
import type { PodNetwork } from "../../network/pod-network.ts";
import type { ProbeRun } from "./probes/run-probe.ts";
import type { ProcessRunner } from "./process-runner.ts";

/** What a node that runs processes has of the machine. */
export interface NodeHost {
  readonly clock: Clock;
  readonly runner: ProcessRunner;
  readonly probe: ProbeRun;
  readonly network: PodNetwork;
  /** Where `fairlead.dev/process-dir` starts from. */
  readonly directory: string;
  /** Made when the first pod needs it. */
  readonly files: () => NodeFiles;
  /** Where programs of pods reach the API server, as `KUBERNETES_SERVICE_HOST` and `…_PORT` say. */
  readonly apiServer: () => { readonly host: string; readonly port: number };
  /** The cluster's services, as `services` lists them. */
  readonly services: (namespace: string) => readonly JsonObject[];
}

export interface NodeFiles {
  /** The folder of everything below; removed with the cluster. */
  readonly folder: string;
  /** A file URL. */
  readonly hook: string;
  readonly names: string;
  /** Of persistent volume claims. */
  readonly claims: string;
}
