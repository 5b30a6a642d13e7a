import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { Issued } from "../serve/certificates/issue-certificate.ts";
import { openStore, type OpenReport } from "../store/log/open-store.ts";
import { ioError } from "../store/log/io-error.ts";
import { StoreError } from "../store/store-error.ts";
import type { Store } from "../store/store.ts";

/** What makes a cluster the same one the next time it is started. */
export interface ClusterIdentity {
  /** Of `admin`. */
  readonly token: string;
  /** Signs the tokens of service accounts. */
  readonly signingKey: KeyObject;
  /** Undefined the first time. */
  readonly authority: Issued | undefined;
  /** The port it listened on; 0 the first time. */
  readonly port: number;
}

export interface ClusterFolder {
  readonly store: Store;
  readonly report: OpenReport;
  readonly identity: ClusterIdentity;
  /** Remembers what only a start decides. */
  remember(authority: Issued, port: number): void;
}

/** A new identity, for a cluster that is not kept. */
export function newIdentity(): ClusterIdentity {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { token: randomBytes(24).toString("base64url"), signingKey: privateKey, authority: undefined, port: 0 };
}

const file = "identity.json";

/**
 * Opens the folder of a cluster, or makes one: its store, and who it is. Only its owner may read it.
 * @throws StoreError: as `openStore`, `io` where the file system refuses, `corrupt` where `identity.json` is none.
 */
export function openClusterFolder(folder: string): ClusterFolder {
  const place = path.join(folder, file);
  attempt(`use the folder ${folder}`, () => mkdirSync(folder, { recursive: true, mode: 0o700 }));
  // The store first: who has it open may be writing the rest.
  const { store, report } = openStore(path.join(folder, "store"));
  let identity: ClusterIdentity;
  try {
    identity = attempt(`read ${place}`, () => (existsSync(place) ? readIdentity(place) : newIdentity()));
  } catch (error) {
    store.close();
    throw error;
  }
  return {
    store,
    report,
    identity,
    remember: (authority, port) => {
      const { token, signingKey } = identity;
      const key = signingKey.export({ type: "pkcs8", format: "pem" });
      const text = JSON.stringify({ token, signingKey: key, authority, port });
      // Beside it first: a kill in the middle must not leave half of it.
      attempt(`write ${place}`, () => {
        writeFileSync(`${place}.new`, text, { mode: 0o600 });
        renameSync(`${place}.new`, place);
      });
    },
  };
}

function attempt<T>(doing: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw ioError(doing, error);
  }
}

function readIdentity(place: string): ClusterIdentity {
  const text = readFileSync(place, "utf8");
  try {
    return parseIdentity(text);
  } catch {
    // Without a cause: it would quote what the file says, which is secret.
    throw new StoreError(
      "corrupt",
      `${place} does not say who the cluster is; remove it, and new credentials are made`,
    );
  }
}

function parseIdentity(text: string): ClusterIdentity {
  const value = JSON.parse(text) as JsonObject;
  const authority = value["authority"];
  const port = value["port"];
  const token = textOf(value["token"]);
  if (token === "") throw new Error("no token");
  return {
    token,
    signingKey: createPrivateKey(textOf(value["signingKey"])),
    authority: { certificate: textOf(get(authority, "certificate")), key: textOf(get(authority, "key")) },
    port: typeof port === "number" ? port : 0,
  };
}
