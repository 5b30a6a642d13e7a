import { defineFindings } from "@fairlead/krm";

/** FL550-599: reading Docker Compose files. */
export const composeFinding = defineFindings({
  FL550: {
    title: "not a Compose file",
    severity: "error",
    explanation:
      "The document is not a map with `services`, or a part of it has a shape that the Compose specification does not know.",
    remedy: "Give a file that follows the Compose specification.",
  },
  FL551: {
    title: "variable without a value",
    severity: "warning",
    explanation:
      "A `${VARIABLE}` has neither a value nor a default. Compose puts an empty text there, and so did the import.",
    remedy: "Set the variable, give it a default as in `${VARIABLE:-default}`, or correct the imported value.",
  },
  FL552: {
    title: "substitution that fails",
    severity: "error",
    explanation:
      "A `${VARIABLE:?message}` has no value, or a `${…}` is not well formed. Compose refuses to start such a file.",
    remedy: "Set the variable, or correct the reference; `$$` is a plain dollar sign.",
  },
  FL553: {
    title: "service without an image",
    severity: "warning",
    explanation:
      "The service is built from source. A cluster pulls images, so the build has to happen elsewhere and its result has to be pushed.",
    remedy: "Push the image, and write its name in the App's `image`.",
  },
  FL554: {
    title: "Compose field that was not carried",
    severity: "warning",
    explanation: "The field has an effect in Compose that the App or Task does not reproduce.",
    remedy: "Read the message; add by hand what the application needs.",
  },
  FL555: {
    title: "Compose field without meaning in a cluster",
    severity: "info",
    explanation:
      "What the field arranges is given in a cluster, or is the cluster's business and not the application's.",
    remedy: "Nothing needs to be done.",
  },
  FL556: {
    title: "bind mount that was not carried",
    severity: "warning",
    explanation:
      "The mount shows a path of one machine's disk to the container. In a cluster the pod may run on any machine.",
    remedy: "Put the files into the image, a ConfigMap, a Secret or a volume.",
  },
  FL557: {
    title: "volume size that was assumed",
    severity: "info",
    explanation: "A volume of Compose has no size; a claim in a cluster needs one.",
    remedy: "Write the size that the data needs.",
  },
  FL558: {
    title: "start order that was not carried",
    severity: "info",
    explanation:
      "Compose starts services in the order of `depends_on`. A cluster starts everything at once and restarts what fails until it works.",
    remedy: "Let the application retry its connections; an init container can wait where it cannot.",
  },
  FL559: {
    title: "file that cannot be read",
    severity: "error",
    explanation: "An env file, an included or extended file, or the content of a config could not be read.",
    remedy: "Give import a path from which the file can be reached, or mark it `required: false`.",
  },
  FL560: {
    title: "Secret to be made",
    severity: "warning",
    explanation: "Secrets are not written into manifests. The App refers to a Secret that has to exist.",
    remedy: "Make the Secret with the command of the hint, or with your secrets operator.",
  },
  FL561: {
    title: "service left out by its profile",
    severity: "info",
    explanation:
      "Compose starts a service with `profiles` only when one of them is asked for, and import does the same.",
    remedy: "Name the profile to import the service too.",
  },
  FL562: {
    title: "`extends` that leads nowhere",
    severity: "error",
    explanation: "A service extends one that does not exist, or extends itself through others.",
    remedy: "Correct the service's or the file's name.",
  },
  FL563: {
    title: "value that Compose does not allow",
    severity: "error",
    explanation: "A port, volume, duration, size or number is not written as the Compose specification has it.",
    remedy: "Correct the value.",
  },
  FL564: {
    title: "published port",
    severity: "info",
    explanation:
      "Compose publishes the port on the host. In the cluster the port is reachable by the Service's name, under the container's number; from outside it is not.",
    remedy: "Write a Route for HTTP, or `service.type: LoadBalancer` for anything else.",
  },
  FL565: {
    title: "name that was changed",
    severity: "warning",
    explanation:
      "Names of objects consist of lower-case letters, digits and dashes. Other services know this one under its old name.",
    remedy: "Use the new name in the addresses that other services are given.",
  },
  FL566: {
    title: "secret in plain text",
    severity: "warning",
    explanation: "A variable whose name says that it is a password, a token or a key has its value in the manifest.",
    remedy: "Move the value into a Secret and name it in `secrets`.",
  },
  FL567: {
    title: "Traefik label that was not carried",
    severity: "warning",
    explanation: "The label configures Traefik in a way that a Route does not express, or refers to something unknown.",
    remedy: "Add what it does to the Route by hand.",
  },
  FL568: {
    title: "hardening that was turned off",
    severity: "info",
    explanation:
      "Fairlead's secure defaults go further than Compose. To keep the container running as it did, import turned off those that would change it.",
    remedy: "Remove the switches one by one, and see whether the application still works.",
  },
  FL569: {
    title: "volume that several services share",
    severity: "warning",
    explanation:
      "Pods on several machines can share a volume only if its storage class supports the access mode ReadWriteMany.",
    remedy: "Name a storage class that can, or give each App a volume of its own.",
  },
  FL570: {
    title: "port that was assumed",
    severity: "info",
    explanation:
      "The service declares no port, and others depend on it. In Compose every port is reachable; a Service lists its ports. Import took the one that the image is known for.",
    remedy: "Correct the port if the container listens elsewhere.",
  },
  FL571: {
    title: "service without a port that others depend on",
    severity: "warning",
    explanation:
      "In Compose every port of a container is reachable by the service's name. In a cluster there is a Service only for ports that are declared.",
    remedy: "Add the port to the container's `ports`.",
  },
  FL572: {
    title: "two services of one name",
    severity: "error",
    explanation: "Two services get the same name in the cluster, or an included file declares a service again.",
    remedy: "Rename one of them.",
  },
});
export type ComposeCode = keyof typeof composeFinding.definitions;
