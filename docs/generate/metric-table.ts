import { Registry } from "prom-client";
import { createFamilies } from "../../agent/status/metric-families.ts";

/** A row for each metric that the agent has, but for those of Node and the process. */
export function metricTable(): string {
  const registry = new Registry();
  createFamilies(registry, "drove_gateway_");
  const rows = registry.getMetricsAsArray().map((metric) => {
    const { name, help, type, labelNames } = metric as unknown as Described;
    return `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(", ")} | ${help} |\n`;
  });
  return `| Name | Type | Labels | Meaning |\n|---|---|---|---|\n${rows.join("")}`;
}

/** What prom-client knows of a family, though its types do not say so. */
interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}
