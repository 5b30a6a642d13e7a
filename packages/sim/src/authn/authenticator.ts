import type { User } from "../api/user.ts";

/** What a connection and a request show of their sender. */
export interface Presented {
  /** The verified client certificate: its subject's common name and organisations. */
  readonly certificate?: { readonly commonName: string; readonly organizations: readonly string[] };
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export type Authentication =
  | { readonly kind: "user"; readonly user: User }
  /** Nothing was presented: the request goes on as `system:anonymous`. */
  | { readonly kind: "none" }
  /** 401. */
  | { readonly kind: "refused"; readonly message: string };

export interface Authenticator {
  authenticate(presented: Presented): Promise<Authentication>;
}
