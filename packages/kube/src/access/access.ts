/** Everything that is needed to reach one cluster as one user. It is read from a kubeconfig, from a Pod, or written. */
export interface ClusterAccess {
  /** How messages, logs and metrics name the cluster: the context's name, as a rule. */
  readonly name: string;
  /** `https://host:port/prefix`; the prefix is kept in front of every path. */
  readonly server: URL;
  /** Where objects go that name none. */
  readonly namespace: string;
  /** An `http:` or `https:` proxy (CONNECT), or `socks5:`. Its `href` need not have its user and password. */
  readonly proxy?: URL;
  readonly credentials: Credentials;
}

/**
 * A user's credentials, which may change while the process runs: files are read again, plugins called again. It never
 * puts a secret into an error.
 */
export interface Credentials {
  /** What the next request is sent with. Cheap when nothing changed; many callers at once cause one refresh. */
  current(signal?: AbortSignal): Promise<Credential>;
  /**
   * The server answered 401 to this one. Resolves to another one if there is another, else to the same one (which says:
   * do not try again). Rejects with a `KubeError` of code `credentials` when there should be another and it cannot be
   * got, such as from a plugin that says why.
   */
  rejected(credential: Credential, signal?: AbortSignal): Promise<Credential>;
}

/** Its properties, and the key, are not enumerable, so that printing it shows no secret: read them by their names. */
export interface Credential {
  /** `authorization`, `impersonate-*`: lower case names. Secret. */
  readonly headers: { readonly [name: string]: string | readonly string[] };
  /** The same value as long as nothing changed: another one means that connections must be made anew. */
  readonly tls: TlsMaterial;
}

/** What a TLS connection to the API server (not to the proxy) is made with. PEM texts. */
export interface TlsMaterial {
  /** Certificates that may have signed the server's, each possibly a bundle; absent: the system's. */
  readonly ca?: readonly string[];
  readonly certificate?: string;
  readonly key?: string;
  /** The name that the server's certificate is checked for and that SNI carries, if it is not the URL's host. */
  readonly serverName?: string;
  readonly insecureSkipVerify?: boolean;
}
