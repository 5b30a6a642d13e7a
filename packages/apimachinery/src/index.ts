export * from "./json.ts";
export * from "./path.ts";
export * from "./openapi/definitions.ts";
export * from "./openapi/descriptions.ts";
export * from "./schema/schema.ts";
