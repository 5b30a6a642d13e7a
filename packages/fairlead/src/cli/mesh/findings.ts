import { defineFindings } from "@fairlead/krm";

/** FL830–839 and FL852–859: the commands of the mesh. */
export const meshCliFinding = defineFindings({
  FL830: {
    title: "The fleet's file cannot be understood",
    severity: "error",
    explanation:
      "`fleet.yaml` says which clusters a folder has, and what no manifest says of them: regions, gateways, trust domains.",
    remedy: "Write what the message asks for; docs/how-to/mesh-gitops.md shows a whole folder.",
  },
  FL831: {
    title: "A fleet without clusters",
    severity: "error",
    explanation: "A fleet on files is a folder with one folder of manifests for each cluster.",
    remedy: "Make a folder for each cluster, named like it, and put its manifests there.",
  },
  FL832: {
    title: "A cluster of fleet.yaml has no folder, or a folder is no cluster of it",
    severity: "warning",
    explanation:
      "A cluster without manifests has nothing that the mesh could know; a folder that fleet.yaml does not name counts as a cluster without facts.",
    remedy: "Name the folder like the cluster.",
  },
  FL833: {
    title: "A manifest belongs to no cluster",
    severity: "warning",
    explanation:
      "Files beside the folders of clusters may hold the MeshConfig and what is the same for the whole fleet, such as Dependencies; anything else has to say in which cluster it is by its folder.",
    remedy: "Move it into the folder of its cluster.",
  },
  FL834: {
    title: "Several MeshConfigs",
    severity: "error",
    explanation: "One configuration holds for the whole fleet; with two, what is written would depend on chance.",
    remedy: "Keep one of them.",
  },
  FL835: {
    title: "The mesh could not be read or written in time",
    severity: "error",
    explanation: "The home cluster, its registry or its virtual addresses did not answer, or writes did not end.",
    remedy: "Look at the message; `fairlead mesh clusters list` shows which clusters answer.",
  },
  FL836: {
    title: "A route cannot be explained",
    severity: "error",
    explanation: "`explain route` follows requests of a caller, by identity and cluster, to a URL.",
    remedy: "Name the caller with --from and the URL; `fairlead mesh status` lists names and identities.",
  },
  FL837: {
    title: "Somebody loses a service",
    severity: "warning",
    explanation:
      "With what is taken away, requests of these callers end nowhere: the service runs nowhere else, or its policy pins it there.",
    remedy: "Run it in another region, or let its policy fail over.",
  },
  FL838: {
    title: "Something would be deleted",
    severity: "error",
    explanation: "What follows from nothing any more is deleted; a mistake in the inputs looks the same.",
    remedy: "Look at `fairlead mesh diff`; `--yes` allows it.",
  },
  FL839: {
    title: "A cluster of the mesh is named wrong",
    severity: "error",
    explanation: "Commands about clusters of the mesh name one by the key under which a Secret of the registry has it.",
    remedy: "`fairlead mesh clusters list` shows the names.",
  },
  FL852: {
    title: "An object stands in a cluster twice",
    severity: "error",
    explanation:
      "The folder of a cluster holds what is in the cluster, where an object exists once. With two, what is planned would depend on the order of files.",
    remedy: "Keep one of them.",
  },
  FL853: {
    title: "An object has no name",
    severity: "warning",
    explanation: "What has no `metadata.name` cannot be in a cluster: it is passed over.",
    remedy: "Name it, or move the file out of the cluster's folder.",
  },
  FL854: {
    title: "Nothing of that name can be lost",
    severity: "error",
    explanation: "`simulate --lose-region` and `--lose-cluster` name regions and clusters that the fleet has.",
    remedy: "`fairlead mesh status` lists clusters with their regions.",
  },
  FL855: {
    title: "Names have no room in a ConfigMap",
    severity: "warning",
    explanation: "A ConfigMap holds at most 1 MiB: names after that are not answered for clients without a sidecar.",
    remedy: "Let sidecars answer (`ISTIO_META_DNS_CAPTURE`), or scope names by Dependencies.",
  },
  FL856: {
    title: "DNS for clients without a sidecar is planned and written to files only",
    severity: "error",
    explanation:
      "The ConfigMap of `--dns` goes where the configuration of a cluster's DNS is kept: nobody but its owner changes what all pods of a cluster ask.",
    remedy: "Print it by `fairlead mesh plan --dns`, or write it with `-f`.",
  },
});
