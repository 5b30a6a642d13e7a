import assert from "node:assert/strict";
import { test } from "node:test";
import { recorded } from "../../test/recorded.ts";
import { formatSelector, parseSelector } from "../selector/parse-selector.ts";
import { matchesLabelSelector, matchesSelector } from "../selector/selector.ts";
import { cronProblem, isTimeZone } from "./cron.ts";
import { durationProblem, parseDuration } from "./duration.ts";
import {
  configMapKeyProblem,
  dns1035LabelProblem,
  dns1123LabelProblem,
  dns1123SubdomainProblem,
  envVarNameProblem,
  labelKeyProblem,
  labelValueProblem,
  portNameProblem,
  relaxedEnvVarNameProblem,
  wildcardSubdomainProblem,
  type NameCheck,
} from "./names.ts";

type Request = { op: string; kind?: string; text: string; labels?: { [key: string]: string } };
type Answer = { error?: string; errors?: string[]; value?: string & { text: string; matches: boolean } };

const cases = recorded<Request, Answer>("names");
const about = (op: string) => cases.filter(({ request }) => request.op === op);

const checks: { [kind: string]: NameCheck } = {
  dns1123Label: dns1123LabelProblem,
  dns1123Subdomain: dns1123SubdomainProblem,
  dns1035Label: dns1035LabelProblem,
  labelKey: labelKeyProblem,
  labelValue: labelValueProblem,
  portName: portNameProblem,
  envVarName: envVarNameProblem,
  relaxedEnvVarName: relaxedEnvVarNameProblem,
  configMapKey: configMapKeyProblem,
  wildcardDNS: wildcardSubdomainProblem,
};

test("objects to names in Kubernetes' words", () => {
  for (const { request, answer } of about("name")) {
    const expected = answer.errors === undefined ? undefined : answer.errors.join("; ");
    assert.equal(checks[request.kind!]!(request.text), expected, `${request.kind} ${request.text}`);
  }
});

test("reads cron schedules as Kubernetes does", () => {
  for (const { request, answer } of about("cron")) {
    const problem = cronProblem(request.text);
    if (request.text === "TZ=0") assert.equal(problem, "a time zone must be followed by a schedule");
    else assert.equal(problem, answer.error, request.text);
  }
});

test("reads durations as Go does", () => {
  for (const { request, answer } of about("duration")) {
    assert.equal(durationProblem(request.text), answer.error, request.text);
    const nanoseconds = answer.value === undefined ? undefined : BigInt(answer.value.split(" ")[0]!);
    assert.equal(parseDuration(request.text), nanoseconds, request.text);
  }
});

test("reads, prints and matches selectors as Kubernetes does", () => {
  for (const { request, answer } of about("selector")) {
    const parsed = parseSelector(request.text);
    assert.equal(parsed.kind === "problem" ? parsed.message : undefined, answer.error, request.text);
    if (parsed.kind === "problem" || answer.value === undefined) continue;
    assert.equal(formatSelector(parsed.selector), answer.value.text);
    assert.equal(matchesSelector(parsed.selector, request.labels ?? {}), answer.value.matches, request.text);
  }
});

test("selects by a LabelSelector: the empty one everything, an absent one nothing", () => {
  const labels = { app: "web", tier: "front" };
  assert.equal(matchesLabelSelector({}, labels), true);
  assert.equal(matchesLabelSelector(undefined, labels), false);
  assert.equal(matchesLabelSelector({ matchLabels: { app: "web" } }, labels), true);
  assert.equal(matchesLabelSelector({ matchLabels: { app: "db" } }, labels), false);
  const expression = (operator: string, key: string, ...values: string[]) =>
    matchesLabelSelector({ matchExpressions: [{ key, operator, values }] }, labels);
  assert.deepEqual(
    [
      expression("In", "app", "web", "db"),
      expression("NotIn", "app", "web"),
      expression("Exists", "tier"),
      expression("DoesNotExist", "tier"),
      expression("NotIn", "missing", "a"),
      expression("Exists", "constructor"),
    ],
    [true, false, true, false, true, false],
  );
});

test("knows time zones by their names", () => {
  assert.deepEqual(["Europe/Berlin", "UTC", "Europe/Belin", "", "+02:00"].map(isTimeZone), [
    true,
    true,
    false,
    false,
    false,
  ]);
});
