import { compareText } from "@fairlead/apimachinery";
import { findingsToJson, type Finding } from "@fairlead/krm";
import { createClient, systemClock } from "@fairlead/kube";
import { accessOfClaim } from "../../../run/mesh/registry/access-of-claim.ts";
import type { Claim } from "../../../run/mesh/registry/claims.ts";
import { version } from "../../../version.ts";
import { errorFinding } from "../../cluster/error-finding.ts";
import { exitCode, type CliContext } from "../../context.ts";
import type { ListClustersFlags } from "../../mesh-clusters.command.ts";
import { paint } from "../../paint.ts";
import { report } from "../../report.ts";
import { tableOf } from "../table.ts";
import { withHome } from "./home.ts";

interface Listed {
  readonly name: string;
  readonly server: string;
  readonly secret: string;
  readonly state: "ready" | "paused" | "unreachable" | "refused";
  readonly version: string;
}

/** A cluster that takes longer is called unreachable. */
const answerMs = 5_000;

/** The command `mesh clusters list`. */
export async function listClusters(this: CliContext, flags: ListClustersFlags): Promise<void> {
  await withHome(this, flags, async ({ claims, registry }) => {
    const findings: Finding[] = [...claims.findings];
    const listed = await Promise.all(
      [...claims.claims.values()]
        .sort((a, b) => compareText(a.name, b.name))
        .map((claim) => look(this, claim, registry.allowExec, findings)),
    );
    report(this, findings, [], false);
    if (flags.output === "json") {
      const document = { schemaVersion: 1, clusters: listed, findings: findingsToJson(findings).findings };
      this.process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    } else if (listed.length === 0) this.process.stdout.write("no cluster is registered\n");
    else {
      const rows = listed.map((one) => [one.name, one.state, one.version, one.server, one.secret]);
      this.process.stdout.write(
        tableOf(["CLUSTER", "STATE", "VERSION", "SERVER", "SECRET"], rows, paint(this.color.stdout).bold),
      );
    }
    if (listed.some(({ state }) => state === "unreachable" || state === "refused"))
      this.process.exitCode = exitCode.findings;
  });
}

async function look(context: CliContext, claim: Claim, allowExec: boolean, findings: Finding[]): Promise<Listed> {
  const clock = context.clock ?? systemClock;
  const { access, findings: problems } = await accessOfClaim(claim, { allowExec, clock });
  findings.push(...problems);
  const { namespace = "", name: secret } = claim.secret;
  const about = { name: claim.name, secret: `${namespace}/${secret}` };
  if (access === undefined) return { ...about, server: "", state: "refused", version: "" };
  const client = (context.connect ?? createClient)(access, { userAgent: `fairlead/${version}`, deadlineMs: answerMs });
  const server = access.server.href;
  try {
    const running = await client.discovery.version();
    return { ...about, server, state: claim.paused ? "paused" : "ready", version: running };
  } catch (error) {
    const finding = errorFinding(error);
    findings.push({ ...finding, message: `cluster ${claim.name}: ${finding.message}`, severity: "warning" });
    return { ...about, server, state: "unreachable", version: "" };
  } finally {
    await client.close();
  }
}
