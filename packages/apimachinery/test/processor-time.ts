/**
 * Milliseconds of processor time that this thread takes for some work. What else the machine does counts for nothing: a
 * bound on them is about the work.
 */
export async function processorMs(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
