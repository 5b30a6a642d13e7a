import type { FieldPath, JsonValue } from "@fairlead/apimachinery";
import type { Secret } from "../hidden.ts";

/** Where something stands, as findings have it. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** Several kubeconfigs as one. Printing it shows no secret. */
export interface Kubeconfig {
  /** The files that were read, in the order in which they count. */
  readonly files: readonly string[];
  readonly currentContext?: { readonly name: string; readonly place: Place };
  readonly contexts: ReadonlyMap<string, Entry<ContextSettings>>;
  readonly clusters: ReadonlyMap<string, Entry<ClusterSettings>>;
  readonly users: ReadonlyMap<string, Entry<UserSettings>>;
}

export interface Entry<T> {
  readonly name: string;
  readonly settings: T;
  /** What relative paths count from. Absent for a text that is no file of this machine: it may not name files at all. */
  readonly folder?: string;
  /** The place of a field, by its path within the settings. */
  readonly at: (path?: FieldPath) => Place;
}

export interface ContextSettings {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

export interface ClusterSettings {
  /** Without a user and password. */
  readonly server?: string;
  /** Whether it had them, which makes it unusable. */
  readonly serverHasUser?: boolean;
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly certificateAuthority?: string;
  /** Base64, as it stands there. */
  readonly certificateAuthorityData?: string;
  /** May have a password. */
  readonly proxyUrl?: Secret;
  readonly disableCompression?: boolean;
  /** The extension `client.authentication.k8s.io/exec`: what exec plugins get to know of the cluster. */
  readonly execConfig?: Secret<JsonValue>;
}

export interface UserSettings {
  readonly clientCertificate?: string;
  readonly clientCertificateData?: string;
  readonly clientKey?: string;
  readonly clientKeyData?: Secret;
  readonly token?: Secret;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: Secret;
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroups?: readonly string[];
  readonly asUserExtra?: { readonly [key: string]: readonly string[] };
  readonly authProvider?: { readonly name: string; readonly config: Secret<ReadonlyMap<string, string>> };
  readonly exec?: ExecSettings;
}

export interface ExecSettings {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args: Secret<readonly string[]>;
  readonly env: Secret<readonly { readonly name: string; readonly value: string }[]>;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
  readonly interactiveMode?: string;
}
