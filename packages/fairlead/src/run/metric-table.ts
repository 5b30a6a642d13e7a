import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** Makes the metrics of a registry, with a line for each. */
export interface MetricTable {
  counter<Label extends string>(name: string, help: string, labels: readonly Label[]): Counter<Label>;
  /** `buckets` in seconds. */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels?: readonly Label[],
  ): Histogram<Label>;
  /** One that `collect` fills anew each time the metrics are asked for. */
  gauge(name: string, help: string, labels: readonly string[], collect: (gauge: Gauge) => void): void;
}

export function metricTable(registry: Registry): MetricTable {
  const registers = [registry];
  return {
    counter: (name, help, labels) => new Counter({ name, help, labelNames: [...labels], registers }),
    histogram: (name, help, buckets, labels = []) =>
      new Histogram({ name, help, buckets: [...buckets], labelNames: [...labels], registers }),
    gauge(name, help, labels, collect) {
      const made = new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers: [],
        collect() {
          this.reset();
          collect(this);
        },
      });
      registry.registerMetric(made);
    },
  };
}
