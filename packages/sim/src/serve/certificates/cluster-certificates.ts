import type { Clock } from "@fairlead/apimachinery";
import { type Issued, issueCertificate } from "./issue-certificate.ts";

/** What a cluster's connections are secured with. */
export interface ClusterCertificates {
  /** Signs servers and clients; keep it to open the same cluster again. */
  readonly authority: Issued;
  readonly server: Issued;
  issueClient(request: ClientCertificateRequest): Issued;
}

export interface ClientCertificateRequest {
  /** The user's name. */
  readonly commonName: string;
  /** The user's groups. */
  readonly organizations?: readonly string[];
  /** How long it holds; a year unless told. */
  readonly ttlMs?: number;
}

export interface ClusterCertificateOptions {
  /** What real clients compare with: their own clock must lie between the certificates' dates. */
  readonly clock: Pick<Clock, "now">;
  /** Of an earlier run; a new one unless told. */
  readonly authority?: Issued;
  /** Names and addresses of the server besides `localhost`, the loopback addresses and the Service's names. */
  readonly hosts?: readonly string[];
  /** The cluster's domain: `cluster.local` unless told. */
  readonly domain?: string;
}

const hour = 3_600_000;
const year = 365 * 24 * hour;

/** The authority holds for ten years, the server's certificate for one; both from an hour ago, as clocks differ. */
export function createClusterCertificates(options: ClusterCertificateOptions): ClusterCertificates {
  const { clock, hosts = [], domain = "cluster.local" } = options;
  const dates = (ttlMs: number): { readonly notBefore: Date; readonly notAfter: Date } => ({
    notBefore: new Date(clock.now() - hour),
    notAfter: new Date(clock.now() + ttlMs),
  });
  const authority =
    options.authority ?? issueCertificate({ commonName: "kubernetes", usage: "authority", ...dates(10 * year) });
  const names = ["localhost", "127.0.0.1", "::1", ...serviceNames(domain), ...hosts];
  return {
    authority,
    server: issueCertificate({
      commonName: "kube-apiserver",
      usage: "server",
      issuer: authority,
      hosts: [...new Set(names)],
      ...dates(year),
    }),
    issueClient: ({ commonName, organizations = [], ttlMs = year }) =>
      issueCertificate({ commonName, organizations, usage: "client", issuer: authority, ...dates(ttlMs) }),
  };
}

/** Of the Service `kubernetes` in the namespace `default`, by which pods reach the API server. */
function serviceNames(domain: string): string[] {
  const service = "kubernetes";
  return [service, `${service}.default`, `${service}.default.svc`, `${service}.default.svc.${domain}`];
}
