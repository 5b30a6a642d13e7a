/**
 * Applies a set as a process of its own, for tests that kill it: `apply-child.ts FILE`. It prints `writing` before its
 * first write and ends with 0 when everything is done.
 */
import { readFileSync } from "node:fs";
import type { KrmObject } from "@fairlead/krm";
import { accessOf, createClient, planFor, runApply, type ApplySetOptions } from "@fairlead/kube";
import type { PlaneAccess } from "../../scripts/real/access.ts";

export interface ApplyOrder {
  readonly plane: Pick<PlaneAccess, "url" | "certificate" | "token">;
  readonly desired: readonly KrmObject[];
  readonly options: ApplySetOptions;
  readonly concurrency: number;
}

if (import.meta.main) {
  const order = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as ApplyOrder;
  const { url, certificate, token } = order.plane;
  const client = createClient(accessOf({ server: url, ca: certificate, token }));
  const plan = await planFor(client, order.desired, order.options);
  process.stdout.write("writing\n");
  const result = await runApply(client, plan, { concurrency: order.concurrency });
  if (!result.ok) process.stderr.write(`${JSON.stringify(result.findings)}\n`);
  await client.close();
  process.exitCode = result.ok ? 0 : 1;
}
