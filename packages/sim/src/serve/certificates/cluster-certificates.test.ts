import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { createClusterCertificates } from "./cluster-certificates.ts";

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5) };

test("signs a server that goes by the names and addresses that clients use", () => {
  const { authority, server } = createClusterCertificates({ clock, hosts: ["10.96.0.1", "fd00::a:0:1"] });
  const [ca, leaf] = [new X509Certificate(authority.certificate), new X509Certificate(server.certificate)];
  assert.ok(ca.ca && ca.verify(ca.publicKey) && leaf.verify(ca.publicKey) && leaf.checkIssued(ca));
  assert.ok(!leaf.ca);
  for (const name of ["localhost", "kubernetes", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"]) {
    assert.equal(leaf.checkHost(name), name);
  }
  for (const address of ["127.0.0.1", "::1", "10.96.0.1", "fd00::a:0:1"]) assert.equal(leaf.checkIP(address), address);
  assert.equal(leaf.checkHost("example.com"), undefined);
  assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
});

test("names a client's groups as organisations", () => {
  const { authority, issueClient } = createClusterCertificates({ clock });
  const client = new X509Certificate(
    issueClient({ commonName: "ann", organizations: ["system:masters", "grünes team"] }).certificate,
  );
  assert.equal(client.subject, "O=system:masters\nO=grünes team\nCN=ann");
  assert.deepEqual(client.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
  assert.ok(client.verify(new X509Certificate(authority.certificate).publicKey));
});

test("holds from an hour ago, the authority for ten years and the others for one or as told", () => {
  const { authority, server, issueClient } = createClusterCertificates({ clock });
  const dates = (certificate: string): string[] => {
    const { validFromDate, validToDate } = new X509Certificate(certificate);
    return [validFromDate.toISOString(), validToDate.toISOString()];
  };
  assert.deepEqual(dates(authority.certificate), ["2026-01-02T02:04:05.000Z", "2035-12-31T03:04:05.000Z"]);
  assert.deepEqual(dates(server.certificate), ["2026-01-02T02:04:05.000Z", "2027-01-02T03:04:05.000Z"]);
  const short = issueClient({ commonName: "ann", ttlMs: 60_000 }).certificate;
  assert.deepEqual(dates(short), ["2026-01-02T02:04:05.000Z", "2026-01-02T03:05:05.000Z"]);
  const late = createClusterCertificates({ clock: { now: () => Date.UTC(2049, 5, 1) } }).authority;
  assert.deepEqual(dates(late.certificate)[1], "2059-05-30T00:00:00.000Z");
});

test("goes on with the authority of an earlier run, and gives every certificate its own serial number", () => {
  const first = createClusterCertificates({ clock });
  const second = createClusterCertificates({ clock, authority: first.authority });
  const ca = new X509Certificate(first.authority.certificate);
  assert.ok(new X509Certificate(second.server.certificate).verify(ca.publicKey));
  const serials = [first.authority, first.server, second.server].map(
    ({ certificate }) => new X509Certificate(certificate).serialNumber,
  );
  assert.equal(new Set(serials).size, 3);
});
