import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { JsonObject } from "@fairlead/apimachinery";
import { print } from "@fairlead/krm";
import type { Issued } from "./certificates/issue-certificate.ts";

/** One cluster, who talks to it, and the context that joins the two: all three go by one name. */
export interface KubeconfigEntry {
  readonly name: string;
  /** `https://127.0.0.1:6443` */
  readonly url: string;
  /** PEM, of the authority that signs the server's certificate. */
  readonly certificate: string;
  readonly credentials:
    | { readonly kind: "token"; readonly token: string }
    | { readonly kind: "certificate"; readonly issued: Issued };
  /** `default` unless told. */
  readonly namespace?: string;
}

/** A kubeconfig (`v1`), in the order given; its current context is the first unless told. */
export function kubeconfig(
  entries: readonly KubeconfigEntry[],
  currentContext: string = entries[0]?.name ?? "",
): string {
  const config: JsonObject = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": currentContext,
    clusters: entries.map(({ name, url, certificate }) => ({
      name,
      cluster: { server: url, "certificate-authority-data": base64(certificate) },
    })),
    contexts: entries.map(({ name, namespace = "default" }) => ({
      name,
      context: { cluster: name, user: name, namespace },
    })),
    users: entries.map(({ name, credentials }) => ({ name, user: userOf(credentials) })),
  };
  return print(config);
}

function userOf(credentials: KubeconfigEntry["credentials"]): JsonObject {
  if (credentials.kind === "token") return { token: credentials.token };
  const { certificate, key } = credentials.issued;
  return { "client-certificate-data": base64(certificate), "client-key-data": base64(key) };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/**
 * Writes a kubeconfig that only its owner can read (mode 0600), in one step: readers see the file of before or the new
 * one. Makes its folder (0700) if need be. Throws what the file system does.
 */
export function writeKubeconfig(file: string, entries: readonly KubeconfigEntry[], currentContext?: string): void {
  const text = kubeconfig(entries, currentContext);
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const beside = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(beside, text, { mode: 0o600, flag: "wx", flush: true });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
