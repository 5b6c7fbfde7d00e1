import { readFileSync } from "node:fs";
import { join } from "node:path";
import { jsonSchema } from "./json-schema.ts";
import { keyTable, keyTables } from "./key-tables.ts";
import { documentedKeys } from "./keys.ts";
import { metricTable } from "./metric-table.ts";

/** The top of the repository. */
export const root = join(import.meta.dirname, "..", "..");

/** Every file that is generated, or has generated blocks, as it should be; by its path from the top. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const keys = documentedKeys();
  return new Map([
    ["docs/gateway.schema.json", jsonSchema(keys)],
    [
      "docs/configuration.md",
      withBlocks("docs/configuration.md", { keys: keyTables(keys.top), namespaces: keyTable(keys.namespace) }),
    ],
    ["docs/metrics.md", withBlocks("docs/metrics.md", { metrics: metricTable() })],
  ]);
}

/** The file with what stands between `<!-- generated: NAME -->` and `<!-- end -->` replaced. */
function withBlocks(path: string, blocks: Readonly<Record<string, string>>): string {
  const text = readFileSync(join(root, path), "utf8");
  return Object.entries(blocks).reduce((before, [name, block]) => {
    const place = new RegExp(`(<!-- generated: ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
    if (!place.test(before)) throw new Error(`${path} has no block "generated: ${name}"`);
    return before.replace(place, (_, begin: string, end: string) => `${begin}\n${block}\n${end}`);
  }, text);
}
