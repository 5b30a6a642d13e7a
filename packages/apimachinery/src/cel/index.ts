export * from "./rules.ts";
export * from "./expressions.ts";
export type { AuthorizationCheck, Authorize, ResourceCheck } from "./authorizer.ts";
export type { Declarations, DeclaredType } from "./declared.ts";
export { requestDeclarations } from "./admission-variables.ts";
export * from "../webhooks/match-conditions.ts";
export * from "../webhooks/webhook-call.ts";
