import { writeFileSync } from "node:fs";
import path from "node:path";
import { createClientAuthority, serviceAccountIssuer } from "./users.ts";

/** The etcd that an API server keeps its objects in. Several share one, each below its own prefix. */
export interface EtcdAccess {
  readonly url: string;
  /** `/registry` is the API server's own default. */
  readonly prefix?: string;
}

export function etcdFlags(folder: string, client: number, peer: number): string[] {
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  return [
    "--unsafe-no-fsync",
    `--data-dir=${path.join(folder, "etcd")}`,
    `--listen-client-urls=${at(client)}`,
    `--advertise-client-urls=${at(client)}`,
    `--listen-peer-urls=${at(peer)}`,
    `--initial-advertise-peer-urls=${at(peer)}`,
    `--initial-cluster=default=${at(peer)}`,
    "--log-level=warn",
  ];
}

export interface ApiServerSettings {
  /** Where its keys, tokens, certificates and logs lie. */
  readonly folder: string;
  readonly etcd: EtcdAccess;
  readonly port: number;
  /** A controller makes default service accounts, so pods may be required to have one. */
  readonly controllers: boolean;
  /** Further flags, as they are. */
  readonly flags: readonly string[];
}

/** The flags of an API server whose folder has `tokens.csv` and `sa.key`; writes more files there. */
export function apiServerFlags({ folder, etcd, port, controllers, flags }: ApiServerSettings): string[] {
  const file = (name: string): string => path.join(folder, name);
  writeFileSync(file("audit-policy.json"), JSON.stringify(auditPolicy));
  return [
    `--etcd-servers=${etcd.url}`,
    ...(etcd.prefix === undefined ? [] : [`--etcd-prefix=${etcd.prefix}`]),
    `--secure-port=${port}`,
    "--bind-address=127.0.0.1",
    // Otherwise the server looks for the machine's default route, which a machine without network lacks.
    "--advertise-address=192.0.2.1",
    `--cert-dir=${file("certs")}`,
    `--service-account-key-file=${file("sa.key")}`,
    `--service-account-signing-key-file=${file("sa.key")}`,
    `--service-account-issuer=${serviceAccountIssuer}`,
    "--authorization-mode=RBAC",
    // As every cluster has it: agents of nodes need it.
    "--allow-privileged=true",
    `--token-auth-file=${file("tokens.csv")}`,
    `--client-ca-file=${createClientAuthority(folder)}`,
    "--service-cluster-ip-range=10.96.0.0/16",
    // Nodes are played by a process on this machine, whose names nobody resolves.
    "--kubelet-preferred-address-types=InternalIP",
    `--audit-policy-file=${file("audit-policy.json")}`,
    `--audit-log-path=${file("audit.log")}`,
    // One file, however long: it is read from an offset.
    "--audit-log-maxsize=10000",
    // Without controllers nobody makes the default service account, and this plugin refuses pods without it.
    ...(controllers ? [] : ["--disable-admission-plugins=ServiceAccount"]),
    ...flags,
  ];
}

/** Every request that may change something, when it arrives and when it is answered; Leases and Events aside. */
const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["ResponseStarted"],
  rules: [
    { level: "None", verbs: ["get", "list", "watch"] },
    {
      level: "None",
      resources: [
        { group: "coordination.k8s.io", resources: ["leases"] },
        { group: "", resources: ["events"] },
        { group: "events.k8s.io", resources: ["events"] },
      ],
    },
    { level: "Metadata" },
  ],
};
