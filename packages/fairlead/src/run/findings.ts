import { defineFindings } from "@fairlead/krm";

/** FL740-FL759: controllers. */
export const runFinding = defineFindings({
  FL740: {
    title: "The cluster does not serve a kind that a controller follows",
    severity: "warning",
    explanation:
      "The controller waits for the kind: it starts by itself when the CustomResourceDefinition is installed. Nothing is deleted meanwhile.",
    remedy: "Install Fairlead's CustomResourceDefinitions with `fairlead crds install`.",
  },
  FL741: {
    title: "A cluster cannot be watched",
    severity: "warning",
    explanation:
      "The view of the cluster is incomplete or may be behind, because the server cannot be reached or refuses. The controller keeps trying; until then nothing is deleted in this cluster, and other clusters are not affected.",
    remedy: "The message is the server's own: repair the connection, the credentials or the permissions it names.",
  },
  FL742: {
    title: "A declaration has errors",
    severity: "error",
    explanation:
      "The controller compiles each declaration in the cluster as `fairlead render` does. One with errors changes nothing: what an earlier version of it made stays as it is.",
    remedy: "Correct the declaration. `fairlead validate` shows the same findings before it is applied.",
  },
  FL743: {
    title: "What a declaration makes could not be applied",
    severity: "error",
    explanation:
      "The API server refused an object, or it belongs to somebody else. The other objects of the declaration have been applied as far as they do not depend on it.",
    remedy: "Follow the reason that is given; the controller tries again by itself.",
  },
  FL744: {
    title: "Deletions wait for a complete view",
    severity: "warning",
    explanation:
      "A declaration no longer makes some objects, and they are deleted once everything that the controller follows in the cluster has been read and is current.",
    remedy: "Nothing, unless it stays: then the controller's log says what cannot be read.",
  },
  FL745: {
    title: "A declaration is being deleted, and something it made waits for somebody to delete it",
    severity: "warning",
    explanation:
      "The declaration made an object in another namespace, or without one, that the garbage collector does not remove with it, and deleting it loses data: a volume claim, a namespace, a CustomResourceDefinition. The controller never deletes such an object; the declaration stays, held by its finalizer, until the object is gone or no longer belongs to it. Everything else is deleted.",
    remedy:
      "Delete the object yourself, or keep it by removing its label `applyset.kubernetes.io/part-of`; the message has both commands. The declaration goes within seconds then.",
  },
});
