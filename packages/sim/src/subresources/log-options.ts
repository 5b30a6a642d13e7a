import { ApiError, badRequest, invalid, type FieldProblem } from "../errors.ts";
import { forbiddenValue, invalidValue } from "../field-problem.ts";

/** PodLogOptions, read from a query. */
export interface LogOptions {
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number | undefined;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
}

/** Throws what the API server answers to options that cannot be. */
export function readLogOptions(query: URLSearchParams, name: string, now: number): LogOptions {
  const tailLines = integer(query, "tailLines");
  const limitBytes = integer(query, "limitBytes");
  const sinceSeconds = integer(query, "sinceSeconds");
  const sinceTime = time(query.get("sinceTime"));
  const problems: FieldProblem[] = [];
  if (tailLines !== undefined && tailLines < 0) {
    problems.push(invalidValue("tailLines", tailLines, "must be greater than or equal to 0"));
  }
  if (limitBytes !== undefined && limitBytes < 1) {
    problems.push(invalidValue("limitBytes", limitBytes, "must be greater than 0"));
  }
  if (sinceSeconds !== undefined && sinceTime !== undefined) {
    problems.push(forbiddenValue("[]", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
  } else if (sinceSeconds !== undefined && sinceSeconds < 1) {
    problems.push(invalidValue("sinceSeconds", sinceSeconds, "must be greater than 0"));
  }
  if (query.get("stream") !== null) problems.push(forbiddenValue("stream", "may not be specified"));
  if (problems.length > 0) throw invalid({ group: "", kind: "PodLogOptions" }, name, problems);
  return {
    container: query.get("container") ?? "",
    follow: isSet(query, "follow"),
    previous: isSet(query, "previous"),
    timestamps: isSet(query, "timestamps"),
    since: sinceSeconds === undefined ? sinceTime : now - sinceSeconds * 1000,
    tailLines,
    limitBytes,
  };
}

/** As API servers read booleans: anything but `false` and `0` is true. */
function isSet(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (Math.abs(value) >= 2 ** 63) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return value;
}

function time(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  const value = Date.parse(text);
  if (Number.isNaN(value) || !/^\d{4}-\d\d-\d\dT/.test(text)) {
    const layout = "2006-01-02T15:04:05Z07:00";
    throw new ApiError(
      400,
      "BadRequest",
      `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(text)} as "2006"`,
    );
  }
  return value;
}
