import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { Issued } from "../serve/certificates/issue-certificate.ts";
import { openStore, type OpenReport } from "../store/log/open-store.ts";
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

/** Opens the folder of a cluster, or makes one: its store, and who it is. Only its owner may read it. */
export function openClusterFolder(folder: string): ClusterFolder {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const place = path.join(folder, file);
  const identity = existsSync(place) ? readIdentity(place) : newIdentity();
  const { store, report } = openStore(path.join(folder, "store"));
  return {
    store,
    report,
    identity,
    remember: (authority, port) => {
      const { token, signingKey } = identity;
      const key = signingKey.export({ type: "pkcs8", format: "pem" });
      const text = JSON.stringify({ token, signingKey: key, authority, port });
      // Beside it first: a kill in the middle must not leave half of it.
      writeFileSync(`${place}.new`, text, { mode: 0o600 });
      renameSync(`${place}.new`, place);
    },
  };
}

function readIdentity(place: string): ClusterIdentity {
  const value = JSON.parse(readFileSync(place, "utf8")) as JsonObject;
  const authority = value["authority"];
  const port = value["port"];
  return {
    token: textOf(value["token"]),
    signingKey: createPrivateKey(textOf(value["signingKey"])),
    authority: { certificate: textOf(get(authority, "certificate")), key: textOf(get(authority, "key")) },
    port: typeof port === "number" ? port : 0,
  };
}
