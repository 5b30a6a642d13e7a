/** What any process tells of itself. */
export interface ProcessFigures {
  readonly cpuMs: number;
  readonly rss: number;
  readonly heap: number;
  readonly peakRss: number;
}

/** The child's half: tells its figures when asked, and ends when its parent goes. */
export function answerParent<Figures extends ProcessFigures>(
  figures: () => Promise<Omit<Figures, keyof ProcessFigures>>,
  stop: () => Promise<void>,
): void {
  process.on("message", (message) => {
    if (message === "figures") void answer();
  });
  process.on("disconnect", () => void stop().then(() => process.exit(0)));

  async function answer(): Promise<void> {
    const own = await figures();
    const { user, system } = process.cpuUsage();
    const memory = process.memoryUsage();
    process.send!({
      ...own,
      cpuMs: (user + system) / 1000,
      rss: memory.rss,
      heap: memory.heapUsed,
      peakRss: process.resourceUsage().maxRSS * 1024,
    });
  }
}
