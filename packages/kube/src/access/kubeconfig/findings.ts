import { defineFindings } from "@fairlead/krm";

/** FL720-739: access to clusters: kubeconfigs, credentials, what a cluster says of them. */
export const accessFindings = defineFindings({
  FL720: {
    title: "A kubeconfig cannot be read",
    severity: "error",
    explanation:
      "A file that was named does not exist, is a folder, is too large, or may not be read by this user. Files that only the variable KUBECONFIG lists may be missing, as with kubectl.",
    remedy: "Check the path and its permissions, or leave it out to use KUBECONFIG or ~/.kube/config.",
  },
  FL721: {
    title: "A kubeconfig is not YAML",
    severity: "error",
    explanation:
      "The file cannot be read as YAML or JSON at the reported place. Its text is not shown, because it may hold credentials.",
    remedy: "Correct the file at that place; `kubectl config view` reads it by the same rules.",
  },
  FL722: {
    title: "A field of a kubeconfig has the wrong form",
    severity: "error",
    explanation:
      "A kubeconfig is a map of `apiVersion: v1`, `kind: Config`, whose fields have fixed types. kubectl refuses the whole file, too.",
    remedy: "Write the form that the message names. Numbers and booleans need quotes where text is meant.",
  },
  FL723: {
    title: "Two entries of a kubeconfig have the same name",
    severity: "error",
    explanation:
      "Within one file the names of clusters, of users and of contexts are unique. Between several files the first one counts.",
    remedy: "Rename or remove one of the two.",
  },
  FL724: {
    title: "No cluster is chosen",
    severity: "error",
    explanation:
      "No context was named, no kubeconfig has a current context, and the process does not run in a Pod with a service account.",
    remedy: "Name a context with `--context`, or choose one with `kubectl config use-context NAME`.",
  },
  FL725: {
    title: "A context does not exist",
    severity: "error",
    explanation: "The context that was named, or the current context, is in none of the kubeconfigs that were read.",
    remedy: "Name one of the contexts that the hint lists; KUBECONFIG may have to name more files.",
  },
  FL726: {
    title: "A cluster or user does not exist",
    severity: "error",
    explanation: "A context or an option names a cluster or a user that is in none of the kubeconfigs that were read.",
    remedy: "Correct the name, or add the entry to a kubeconfig.",
  },
  FL727: {
    title: "An address cannot be used",
    severity: "error",
    explanation:
      "The server is `https://HOST:PORT`, possibly with a path; `http://` works without credentials. A proxy is `http:`, `https:` or `socks5:`.",
    remedy: "Write a complete address.",
  },
  FL728: {
    title: "A certificate, key or token cannot be used",
    severity: "error",
    explanation:
      "`*-data` fields are base64 of PEM text, files are PEM text. Certificate and key have to belong together. A token is one word of ASCII.",
    remedy: "Take it again from where it came from. `base64 -w0 FILE` makes the form of `*-data` fields.",
  },
  FL729: {
    title: "A file that a kubeconfig refers to cannot be read",
    severity: "error",
    explanation: "Relative paths count from the folder of the kubeconfig that has them.",
    remedy: "Correct the path, or embed the file with `kubectl config … --embed-certs`.",
  },
  FL730: {
    title: "Settings of a cluster or user contradict each other",
    severity: "error",
    explanation:
      "Two ways to authenticate exclude each other, a half of a pair is missing, or certificates are given and not to be checked.",
    remedy: "Remove one of the two that the message names.",
  },
  FL731: {
    title: "An exec plugin is not configured completely",
    severity: "error",
    explanation:
      "A plugin needs `apiVersion: client.authentication.k8s.io/v1` (or v1beta1), a `command`, and for v1 an `interactiveMode`.",
    remedy: "Complete `users[].user.exec`. The documentation of the plugin shows it.",
  },
  FL732: {
    title: "An auth-provider is not supported",
    severity: "error",
    explanation:
      "Kubernetes removed the built-in providers `gcp` and `azure` in 1.26 in favour of exec plugins; `oidc` is the only one left.",
    remedy: "Write the kubeconfig anew with the tool of the cloud, which now configures an exec plugin.",
  },
  FL733: {
    title: "An OIDC configuration is not complete",
    severity: "error",
    explanation:
      "The auth-provider `oidc` needs a valid `id-token`, or `idp-issuer-url`, `client-id` and `refresh-token` to get one.",
    remedy: "Log in again with the tool that wrote the kubeconfig.",
  },
  FL734: {
    title: "A credential has expired",
    severity: "warning",
    explanation: "A client certificate or token in the kubeconfig is past its end. The server will refuse it.",
    remedy: "Log in again, or get a new kubeconfig.",
  },
  FL735: {
    title: "A kubeconfig may not do that here",
    severity: "error",
    explanation:
      "A kubeconfig that came out of a cluster or over the network, rather than from this machine's disk, may neither run a program nor read files of this machine.",
    remedy: "Put certificates into it (`*-data`), and a token instead of a plugin.",
  },
  FL736: {
    title: "Credentials cannot be got",
    severity: "error",
    explanation:
      "A plugin failed, hung or printed something else, an issuer refused a refresh, or a file that holds a credential cannot be read.",
    remedy: "Run the plugin or the login by hand and see what it says.",
  },
  FL737: {
    title: "The server's certificate is not trusted",
    severity: "error",
    explanation:
      "The certificate of the API server is signed by none of the certificates of the kubeconfig, has another name than the address, or is past its end.",
    remedy:
      "Get a kubeconfig with the cluster's current `certificate-authority-data`; set `tls-server-name` if the server is reached under another name.",
  },
  FL738: {
    title: "The cluster does not know this user",
    severity: "error",
    explanation: "The API server answered 401: it does not accept the credentials, even after they were got anew.",
    remedy: "Log in again. A token may have expired or been revoked, or belong to another cluster.",
  },
  FL739: {
    title: "The service account of the Pod is not complete",
    severity: "error",
    explanation:
      "In a Pod the address comes from KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, the credentials from /var/run/secrets/kubernetes.io/serviceaccount.",
    remedy: "Set `automountServiceAccountToken: true` on the Pod, or give it a kubeconfig.",
  },
});
