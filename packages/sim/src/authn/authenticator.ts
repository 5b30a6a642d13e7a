import type { User } from "../api/user.ts";

/** What a connection and a request show of their sender. */
export interface Presented {
  /** The verified client certificate: its subject's common name and organisations. */
  readonly certificate?: {
    readonly commonName: string;
    readonly organizations: readonly string[];
    /** SHA-256 of its DER form, in lower-case hexadecimal digits. */
    readonly sha256?: string;
    /** Of the subject's attribute 1.3.6.1.4.1.57683.2. */
    readonly uid?: string;
  };
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Of the request, without the query: anonymous requests may be limited to some paths. */
  readonly path?: string;
}

export type Authentication =
  /** `warning` goes into the answer, whatever it is. */
  | { readonly kind: "user"; readonly user: User; readonly warning?: string }
  /** Nothing was presented: the request goes on as `system:anonymous`. */
  | { readonly kind: "none" }
  /** 401. The message is for a log: the answer says `Unauthorized`. */
  | { readonly kind: "refused"; readonly message: string };

export interface Authenticator {
  authenticate(presented: Presented): Promise<Authentication>;
}

/** What one way of authenticating says of a bearer token. Messages never show the token. */
export type TokenOutcome =
  | {
      readonly kind: "user";
      readonly user: User;
      readonly audiences: readonly string[];
      /** What who presents the token in a request is warned of. */
      readonly warning?: string;
    }
  /** Not one of its tokens. */
  | { readonly kind: "none" }
  /** One of its tokens, and it is wrong. */
  | { readonly kind: "problem"; readonly message: string };

/** One way of authenticating bearer tokens: `audiences` are those that the token has to be meant for, any of them. */
export type TokenAuthenticator = (token: string, audiences: readonly string[]) => TokenOutcome | Promise<TokenOutcome>;
