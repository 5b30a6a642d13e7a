import { defineFindings } from "@fairlead/krm";

/** FL700-FL719: applying sets of objects to a cluster, and waiting for them. */
export const applyFinding = defineFindings({
  FL700: {
    title: "An object is declared twice",
    severity: "error",
    explanation:
      "Two of the objects that are applied together have the same group, kind, namespace and name, and say different things. Which of them wins would depend on the order. Two that say the same are applied once, with a warning.",
    remedy: "Remove one of the two, or give it another name or namespace.",
  },
  FL701: {
    title: "The cluster does not serve a kind",
    severity: "error",
    explanation:
      "The object's apiVersion and kind are neither served by the cluster nor defined by a CustomResourceDefinition that is applied together with it.",
    remedy: "Install the software that brings the kind, or check the apiVersion against `kubectl api-resources`.",
  },
  FL702: {
    title: "An object exists already and belongs to somebody else",
    severity: "error",
    explanation:
      "The object is in the cluster, carries no label of this apply set and was never applied by it. The finding names who wrote it: field managers, Helm releases, Argo CD or Flux applications. Nothing has been changed.",
    remedy:
      "Give the object another name, or take it over with --adopt after its present owner has let go of it, or they will undo each other's work.",
  },
  FL703: {
    title: "An object is a member of another apply set",
    severity: "error",
    explanation:
      "The label `applyset.kubernetes.io/part-of` says that the object belongs to another set. If both applied it, each would prune what the other wants.",
    remedy: "Remove the object from one of the two sets, or move it into this one with --adopt.",
  },
  FL704: {
    title: "Another manager owns fields with other values",
    severity: "error",
    explanation:
      "Server-side apply keeps who set which field. The named manager has set these fields to another value, and overwriting it silently would start a fight between the two.",
    remedy:
      "Remove the fields from the declaration if the other manager is right (an autoscaler, a person), or take them over with --adopt.",
  },
  FL705: {
    title: "The apply set is managed by another tool",
    severity: "error",
    explanation:
      "The parent object's annotation `applyset.kubernetes.io/tooling` names another tool. The ApplySet specification (KEP-3659) asks every tool to leave the sets of others alone.",
    remedy: "Use another name for the set, or take the set over with --adopt, which rewrites the annotation.",
  },
  FL706: {
    title: "An object cannot stand for the apply set",
    severity: "error",
    explanation:
      "The parent object of an apply set holds its identity. This one exists without being a parent, is labelled for another set, is itself among the objects to apply, or does not exist although it should have been declared.",
    remedy: "Choose another name for the set, or take the object over with --adopt.",
  },
  FL707: {
    title: "A step that destroys data is not taken",
    severity: "warning",
    explanation:
      "The object is no longer declared, but deleting it loses data or reaches beyond the set: a namespace takes everything in it along, a CustomResourceDefinition every object of its kind, a volume claim or volume what is stored in it. It stays in the cluster and in the set.",
    remedy: "Allow this kind of step explicitly, or declare the object again.",
  },
  FL708: {
    title: "Nothing is pruned because the view is incomplete",
    severity: "warning",
    explanation:
      "Part of the cluster or of the declarations could not be read. What looks superfluous may only be unseen, so nothing is deleted. Everything else is applied.",
    remedy: "Repair what the other findings name and run it again.",
  },
  FL709: {
    title: "An object cannot be applied because it is not named",
    severity: "error",
    explanation:
      "Applying needs to know which object is meant. `generateName` makes a new one each time, and a namespaced object needs a namespace.",
    remedy: "Give the object a `metadata.name`, and a `metadata.namespace` or a default one with --namespace.",
  },
  FL710: {
    title: "A field that cannot be changed was changed",
    severity: "error",
    explanation:
      "The server refuses to change this field of an existing object: a Job's template, a Service's clusterIP, a workload's selector, most of a volume claim or of a StatefulSet.",
    remedy:
      "Keep the old value, or delete the object yourself (looking at what goes with it) and apply again, or declare it under a new name.",
  },
  FL711: {
    title: "The server refuses an object",
    severity: "error",
    explanation:
      "The API server or one of its admission plugins and webhooks has answered that it does not take this object, or that this user may not write it.",
    remedy: "The message is the server's own. Correct the declaration, or ask for the permission it names.",
  },
  FL712: {
    title: "A namespace is missing",
    severity: "error",
    explanation: "Objects are to go into a namespace that does not exist and is not among what is applied.",
    remedy: "Create the namespace, or add it to the declarations: namespaces are applied first.",
  },
  FL713: {
    title: "The cluster did not carry out a step",
    severity: "error",
    explanation:
      "The connection failed, the server was overloaded, or time ran out. Whether this one step was done is not known; the next run finds out.",
    remedy: "Run it again: what is done is left as it is.",
  },
  FL714: {
    title: "A CustomResourceDefinition was not established",
    severity: "error",
    explanation:
      "The server did not begin to serve the kind in time. Most often its names collide with those of another kind, which the condition NamesAccepted says.",
    remedy: "Look at the conditions of the CustomResourceDefinition, repair what they say, and run it again.",
  },
  FL715: {
    title: "A run ended before everything was done",
    severity: "error",
    explanation:
      "It was interrupted, or its time ran out, or a phase failed. What was done stays done and is listed. Nothing was pruned before everything else was applied.",
    remedy: "Run it again: it goes on where this one ended.",
  },
  FL716: {
    title: "An object did not become ready in time",
    severity: "error",
    explanation:
      "The object was accepted, and its controller has not reported that it is done. The message says what it waits for, and for workloads what the Pods say.",
    remedy: "Follow the reason that is given, or allow more time with --timeout.",
  },
  FL717: {
    title: "An object has failed",
    severity: "error",
    explanation:
      "Its controller reports that it will not become ready without a change: a rollout past its deadline, a Job over its limit of retries, a condition Stalled.",
    remedy: "Follow the reason that is given, correct the declaration and apply it again.",
  },
  FL718: {
    title: "The server cannot be asked about an object yet",
    severity: "info",
    explanation:
      "A dry run is not possible before something else is there that is applied first: its namespace, or the definition of its kind. The difference shows the object as it is declared, without the server's defaults.",
    remedy: "Nothing: this is so only until the first run.",
  },
  FL719: {
    title: "An object is taken over",
    severity: "info",
    explanation:
      "With --adopt this object, or some of its fields, or the whole set, are taken over from the owner that is named. From now on this set manages it and prunes it when it is no longer declared.",
    remedy: "Nothing, if that is meant. The former owner must let go of it, or it will write its own values again.",
  },
});
