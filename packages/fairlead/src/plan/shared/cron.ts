/** The fields of a cron expression as Kubernetes and KEDA read it: https://pkg.go.dev/github.com/robfig/cron/v3 */
const cronFields = [
  { name: "minute", least: 0, most: 59, words: [] as readonly string[] },
  { name: "hour", least: 0, most: 23, words: [] as readonly string[] },
  { name: "day of the month", least: 1, most: 31, words: [] as readonly string[] },
  {
    name: "month",
    least: 1,
    most: 12,
    words: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  { name: "day of the week", least: 0, most: 6, words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
] as const;

const descriptors = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/** What is wrong with a cron expression, if anything is. */
export function cronProblem(expression: string): string | undefined {
  if (/^(CRON_)?TZ=/.test(expression)) return "a time zone stands in the expression; it has a field of its own";
  if (expression.startsWith("@")) {
    if (descriptors.includes(expression) || /^@every ([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/.test(expression))
      return undefined;
    return `${expression} is none of ${descriptors.join(", ")}`;
  }
  const parts = expression.trim().split(/\s+/, 20);
  if (parts.length !== cronFields.length) {
    return `it has ${parts.length === 1 && parts[0] === "" ? 0 : parts.length} fields instead of 5 (minute hour day month weekday)`;
  }
  for (const [index, field] of cronFields.entries()) {
    const problem = fieldProblem(parts[index]!, field);
    if (problem !== undefined) return `the ${field.name} ${problem}`;
  }
  return undefined;
}

type CronField = (typeof cronFields)[number];

function fieldProblem(text: string, field: CronField): string | undefined {
  for (const term of text.split(",")) {
    const [range = "", step, ...more] = term.split("/");
    if (more.length > 0 || (step !== undefined && !/^[1-9][0-9]{0,3}$/.test(step))) return `has the step ${term}`;
    if (range === "*" || range === "?") continue;
    const ends = range.split("-");
    const numbers = ends.map((end) => valueOf(end, field));
    if (ends.length > 2 || numbers.some((number) => number === undefined))
      return `is ${JSON.stringify(text.slice(0, 40))}`;
    const [low, high = low] = numbers as [number, number?];
    const outside = [low, high].find((number) => number! < field.least || number! > field.most);
    if (outside !== undefined) return `is ${outside}, not ${field.least} to ${field.most}`;
    if (low > high!) return `runs from ${low} down to ${high}`;
  }
  return undefined;
}

function valueOf(text: string, field: CronField): number | undefined {
  if (/^[0-9]{1,4}$/.test(text)) return Number(text);
  const word = (field.words as readonly string[]).indexOf(text.toLowerCase());
  return word < 0 ? undefined : word + field.least;
}
