import { defineFindings } from "@fairlead/krm";

/** FL840-FL849: the controller of the mesh. */
export const meshRunFinding = defineFindings({
  FL840: {
    title: "The kubeconfig of a cluster cannot be used",
    severity: "error",
    explanation:
      "Each data key of a registry Secret names a cluster, its value is a kubeconfig. One that cannot be read, or that names files, registers nothing; a cluster that was connected before goes on with what it had.",
    remedy:
      "Write a kubeconfig with one current context that holds certificates and credentials itself (`certificate-authority-data`, `token`, `client-certificate-data`, `client-key-data`). `fairlead mesh clusters add` makes one.",
  },
  FL841: {
    title: "Two Secrets register a cluster of the same name",
    severity: "error",
    explanation:
      "A name means one cluster. The Secret that was created first keeps it; the other one's entry is ignored until the first is gone.",
    remedy: "Rename the data key, or delete one of the Secrets.",
  },
  FL842: {
    title: "A kubeconfig wants to run a program",
    severity: "error",
    explanation:
      "Exec plugins and legacy auth providers run programs, or read files, where the controller runs, with its rights. Whoever may write the Secret could run anything.",
    remedy:
      "Use a token or a client certificate. If everybody who may write these Secrets may also run programs as the controller: allow exec plugins in the MeshConfig.",
  },
  FL843: {
    title: "A cluster is reached without checking who answers",
    severity: "warning",
    explanation:
      "The kubeconfig turns the check of the server's certificate off, or uses plain HTTP. Whoever sits in between can read the credentials, and what the mesh is told of the cluster.",
    remedy:
      "Put the cluster's certificate authority into `certificate-authority-data` and remove `insecure-skip-tls-verify`.",
  },
  FL844: {
    title: "A registered cluster does not answer",
    severity: "warning",
    explanation:
      "What was last known of it stays: its endpoints stay in all other clusters. If it was never read since the controller started, its endpoints stay where they are written, and nothing is deleted anywhere until it answers or its Secret is removed. Other clusters are not affected.",
    remedy:
      "The message is the server's own: repair the connection, the credentials or the permissions. If the cluster is gone for good, remove it: `fairlead mesh clusters remove NAME`.",
  },
  FL845: {
    title: "An object of this name belongs to somebody else",
    severity: "warning",
    explanation:
      "The mesh writes only objects that carry its mark. One that somebody else made under a name that it needs stays as it is, and the host does not work as planned in this cluster: of an entry that is somebody else's, rules and routes are not written either.",
    remedy: "Rename or delete the object, or give it to the mesh with `fairlead mesh migrate`.",
  },
  FL846: {
    title: "A cluster refuses an object of the mesh",
    severity: "error",
    explanation:
      "The API server, or a webhook of it, answered a write with an error that trying again does not change soon.",
    remedy: "The message is the server's own. It is tried again from time to time, and when the plan changes.",
  },
  FL847: {
    title: "Somebody keeps changing an object of the mesh",
    severity: "warning",
    explanation:
      "The object was put back more than ten times within a minute, or was to be another one more than a hundred times. It is still written, but less and less often, so that two controllers do not flood the API server.",
    remedy:
      "Find the other writer in the object's `managedFields`, or what of the identity changes all the time; or suspend the identity in the MeshConfig.",
  },
  FL848: {
    title: "Virtual addresses cannot be allocated",
    severity: "error",
    explanation:
      "A host without a virtual address is not written, since its address must be the same in all clusters for good. The hosts that have one are not affected.",
    remedy:
      "Widen `addresses.ranges` in the MeshConfig, or repair the access to the store's ConfigMaps in the home cluster, as the message says.",
  },
  FL849: {
    title: "A cluster holds more than the mesh reads of one",
    severity: "error",
    explanation:
      "There is a limit to the size and number of objects that are read of one cluster, so that a broken or hostile one cannot exhaust the controller and with it all others. The cluster counts as one that does not answer.",
    remedy: "Remove what fills the cluster, or raise `registry.limits` in the MeshConfig.",
  },
});
