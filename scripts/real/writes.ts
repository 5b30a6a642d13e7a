import { closeSync, openSync, readSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { PlaneAccess } from "./access.ts";
import { RealPlaneError } from "./errors.ts";
import { harnessAgent } from "./request.ts";

/** A request that is meant to change something: it is no dry run, and it is not about a Lease or an Event. */
export interface Write {
  /** `create`, `update`, `patch` (server-side apply too), `delete`, `deletecollection` */
  readonly verb: string;
  /** `deployments`, `deployments/status`, `pods/exec` */
  readonly resource: string;
  readonly group: string;
  readonly namespace: string;
  /** Empty where the server makes up the name, and for collections. */
  readonly name: string;
  readonly user: string;
  readonly userAgent: string;
  /** HTTP status of the answer. */
  readonly status: number;
  /** The path with its query. */
  readonly uri: string;
}

interface AuditEvent {
  readonly auditID: string;
  readonly stage: "RequestReceived" | "ResponseComplete" | "Panic";
  readonly requestURI: string;
  readonly verb: string;
  readonly user: { readonly username?: string };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

export interface WriteFilter {
  /** Counts only requests whose user agent this matches. */
  readonly userAgent?: RegExp;
}

/**
 * The writes that arrive while `work` runs, whether they succeed or not, in the order in which they arrive: those of the
 * system under test, not those of the control plane, of kwok and of the harness. They are read from the audit log.
 */
export async function writesDuring(
  plane: PlaneAccess,
  work: () => Promise<unknown>,
  filter: WriteFilter = {},
): Promise<readonly Write[]> {
  const file = path.join(plane.folder, "audit.log");
  const { size } = statSync(file);
  await work();
  // The arrival of a request is written before it is answered; that of the answer a moment after.
  const deadline = performance.now() + 10_000;
  for (;;) {
    const { writes, open } = collect(readAfter(file, size), filter);
    if (open === 0) return writes;
    if (performance.now() > deadline) {
      throw new RealPlaneError("unexpected-answer", `${open} writes are not answered after 10 s`);
    }
    await sleep(20);
  }
}

/** The lines that begin at an offset or later: of one that is just being written, the rest is no line. Exported for its test. */
export function readAfter(file: string, offset: number): string {
  const start = Math.max(0, offset - 1);
  const buffer = Buffer.alloc(statSync(file).size - start);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, buffer, 0, buffer.length, start);
  } finally {
    closeSync(descriptor);
  }
  if (offset === 0) return buffer.toString("utf8");
  const end = buffer.indexOf("\n");
  return end === -1 ? "" : buffer.toString("utf8", end + 1);
}

/** Exported for its test. */
export function collect(log: string, { userAgent }: WriteFilter): { writes: readonly Write[]; open: number } {
  const received: AuditEvent[] = [];
  const statuses = new Map<string, number>();
  // What follows the last line end is not written to its end.
  for (const line of log.split("\n").slice(0, -1)) {
    const event = JSON.parse(line) as AuditEvent;
    if (event.stage !== "RequestReceived") statuses.set(event.auditID, event.responseStatus?.code ?? 0);
    else if (isUnderTest(event) && (userAgent === undefined || userAgent.test(event.userAgent ?? ""))) {
      received.push(event);
    }
  }
  const writes = received.map((event) => toWrite(event, statuses.get(event.auditID) ?? 0));
  return { writes, open: received.filter((event) => !statuses.has(event.auditID)).length };
}

function isUnderTest({ user, userAgent, requestURI }: AuditEvent): boolean {
  const name = user.username ?? "";
  const isSystem = name.startsWith("system:") && !name.startsWith("system:serviceaccount:");
  return !isSystem && userAgent !== harnessAgent && !/[?&]dryRun=/.test(requestURI);
}

function toWrite({ verb, objectRef = {}, user, userAgent = "", requestURI }: AuditEvent, status: number): Write {
  const { resource = "", subresource, apiGroup: group = "", namespace = "", name = "" } = objectRef;
  return {
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    group,
    namespace,
    name,
    user: user.username ?? "",
    userAgent,
    status,
    uri: requestURI,
  };
}

/** `patch deployments shop/web 200`, for assertions and people. */
export function formatWrite({ verb, resource, namespace, name, status }: Write): string {
  return `${verb} ${resource} ${namespace === "" ? "" : `${namespace}/`}${name} ${status}`;
}
