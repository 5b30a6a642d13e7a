import { readFileSync, writeFileSync } from "node:fs";

/** What one test process tells the one that started it, through the file that FAIRLEAD_TEST_REPORT names. */
export interface TestReport {
  passed: number;
  failed: number;
  skipped: number;
  /** What tests said through `t.diagnostic`, each after the title of its test. */
  notes: string[];
}

export function emptyReport(): TestReport {
  return { passed: 0, failed: 0, skipped: 0, notes: [] };
}

/** Where this process reports to. Children that a test starts must not report to the same place. */
const file = process.env["FAIRLEAD_TEST_REPORT"];
delete process.env["FAIRLEAD_TEST_REPORT"];

export function writeReport(report: TestReport): void {
  if (file !== undefined) writeFileSync(file, JSON.stringify(report));
}

/**
 * The report of an ended process. Whatever ended badly without a failed test (a crash, a late rejection, a handle left
 * open, a process killed before it could write) counts as one failure, and so does a process that ran no test.
 */
export function readReport(from: string, exitCode: number | null): TestReport {
  let report = emptyReport();
  try {
    report = JSON.parse(readFileSync(from, "utf8")) as TestReport;
  } catch {
    report.failed = 1;
  }
  const ranNone = report.passed + report.failed + report.skipped === 0;
  if (report.failed === 0 && (exitCode !== 0 || ranNone)) report.failed = 1;
  return report;
}
