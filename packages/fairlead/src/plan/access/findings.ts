import { defineFindings } from "@fairlead/krm";

/** What can be wrong with CloudIdentities: FL450 to FL499. */
export const accessFinding = defineFindings({
  FL450: {
    title: "The Google Cloud project is not known",
    severity: "error",
    explanation: "The service account's address, the binding and the roles all name the project.",
    remedy: "Write `project`, or set `messaging.project` in the Environment.",
  },
  FL451: {
    title: "A CloudIdentity has no namespace",
    severity: "error",
    explanation: "The binding names the ServiceAccount with its namespace; another namespace is another identity.",
    remedy: "Write metadata.namespace.",
  },
  FL452: {
    title: "The id of a Google service account is not valid",
    severity: "error",
    explanation: "It has 6 to 30 lower-case letters, digits and dashes, a letter first, no dash last.",
    remedy: "Write `account` with such an id.",
  },
  FL453: {
    title: "A role is not one",
    severity: "error",
    explanation: "Roles are roles/NAME, or projects/P/roles/NAME and organizations/O/roles/NAME for own ones.",
    remedy: "Write the role's full name.",
  },
  FL454: {
    title: "A CloudIdentity lacks what its provider needs",
    severity: "error",
    explanation: "On AWS it is the ARN of the role, on Azure the client id of the managed identity.",
    remedy: "Write `roleArn` or `clientId`.",
  },
  FL455: {
    title: "A role grants nearly everything",
    severity: "warning",
    explanation: "Owner and editor let a pod change or delete whatever the project has.",
    remedy: "Grant the roles that are needed.",
  },
  FL456: {
    title: "The App makes the ServiceAccount of this name itself",
    severity: "error",
    explanation: "Both would make a ServiceAccount of this name, and the App's has no cloud identity.",
    remedy: "Remove `serviceAccount.create` from the App: it uses the identity's ServiceAccount then.",
  },
  FL457: {
    title: "A field belongs to another provider",
    severity: "warning",
    explanation: "It has no effect with the provider that is chosen.",
    remedy: "Remove it, or choose its provider.",
  },
  FL458: {
    title: "Pods need a label for the identity",
    severity: "info",
    explanation: 'Azure\'s webhook looks only at pods labelled azure.workload.identity/use: "true".',
    remedy: "Write the label in `pod.labels` of the App.",
  },
  FL459: {
    title: "A role is granted twice",
    severity: "warning",
    explanation: "The same role on the same resource under the same condition needs one grant.",
    remedy: "Remove one.",
  },
  FL460: {
    title: "A role's resource is not named",
    severity: "error",
    explanation: "A resource is an object of the cluster (`name`) or one of the cloud (`external`), not both.",
    remedy: "Write one of `name` and `external`.",
  },
});
