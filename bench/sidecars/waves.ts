/** What steps of a run cost by time of the processor: the first, and those that follow a change of one workload each. */
import { manyCases, manySteps } from "../../packages/fairlead/test/sidecars/waves/many-steps.ts";

const workloads = 10_000;

function timed(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

process.stdout.write(
  `${workloads} outdated workloads\n\n| | first step | limit | median of later steps | limit |\n|---|---|---|---|---|\n`,
);
for (const many of manyCases) {
  const [first, ...later] = manySteps(workloads, many).map(timed);
  const median = later.sort((a, b) => a - b)[10]!;
  process.stdout.write(`| ${many.name} | ${first!.toFixed(0)} ms | 1,500 ms | ${median.toFixed(2)} ms | 20 ms |\n`);
}
