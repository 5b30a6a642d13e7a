import type { Expression } from "@fairlead/apimachinery/cel";

/** Where a user's property comes from: a claim, behind a prefix, or an expression over `claims`. */
export type ClaimMapping =
  | { readonly kind: "claim"; readonly claim: string; readonly prefix: string }
  | { readonly kind: "expression"; readonly expression: Expression };

/** Something that has to hold, and what is said where it does not. */
export interface ValidationRule {
  readonly expression: Expression;
  readonly message: string;
}

/** Somebody whose tokens are good, as `jwt` of an AuthenticationConfiguration describes him. */
export interface JwtIssuer {
  readonly url: string;
  /** Where the discovery document is if not below the issuer. */
  readonly discoveryUrl?: string;
  /** PEM; what the system trusts if absent. */
  readonly certificateAuthority?: string;
  /** The token is for one of them. */
  readonly audiences: readonly string[];
  readonly username: ClaimMapping;
  readonly groups?: ClaimMapping;
  readonly uid?: ClaimMapping;
  readonly extra: readonly { readonly key: string; readonly expression: Expression }[];
  readonly requiredClaims: readonly { readonly claim: string; readonly value: string }[];
  readonly claimRules: readonly ValidationRule[];
  readonly userRules: readonly ValidationRule[];
}
