/** Which clusters belong to the mesh, and how the controller reads and writes them. */
export interface RegistrySettings {
  /** A kubeconfig file of the home cluster; undefined: as every client finds it (flag, environment, in-cluster). */
  readonly kubeconfig: string | undefined;
  /** Where the Secrets with the clusters' kubeconfigs lie in the home cluster. */
  readonly namespace: string;
  /** Of the Secrets: `key=value`. */
  readonly labelSelector: string;
  /** Whether kubeconfigs may run programs where the controller runs. */
  readonly allowExec: boolean;
  /** The name under which the home cluster is a member without a Secret; undefined: it is one only if a Secret says so. */
  readonly home: string | undefined;
  /** How many clusters are read at most: further ones, by name, are ignored. */
  readonly mostClusters: number;
  /** What one cluster can cost the controller, and so all others. */
  readonly limits: {
    /** Of all kinds together. */
    readonly objects: number;
    /** One list of one kind, all pages together. */
    readonly listBytes: number;
    readonly listPages: number;
    /** One page, or any other answer. */
    readonly bodyBytes: number;
    /** One event of a watch. */
    readonly eventBytes: number;
    /** Writes at the same time. */
    readonly writes: number;
  };
  /** How often everything is compared although nothing is known to have changed. */
  readonly syncSeconds: number;
  /** Everything is planned and reported, nothing is written. */
  readonly readOnly: boolean;
}

export const defaultRegistry: RegistrySettings = {
  kubeconfig: undefined,
  namespace: "fairlead-mesh",
  labelSelector: "admiral/sync=true",
  allowExec: false,
  home: undefined,
  mostClusters: 1000,
  limits: {
    objects: 250_000,
    listBytes: 512 << 20,
    listPages: 5000,
    bodyBytes: 32 << 20,
    eventBytes: 4 << 20,
    writes: 24,
  },
  syncSeconds: 300,
  readOnly: false,
};

/** The predecessor's flags at their defaults. */
export const admiralRegistry: RegistrySettings = { ...defaultRegistry, namespace: "admiral" };
