export * from "./json.ts";
export * from "./path.ts";
