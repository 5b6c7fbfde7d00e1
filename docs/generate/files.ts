import { readFileSync } from "node:fs";
import { join } from "node:path";
import { usage } from "../../agent/cli/arguments.ts";
import { documentedCommands } from "./commands.ts";
import { bashCompletion, fishCompletion, zshCompletion } from "./completion.ts";
import { jsonSchema } from "./json-schema.ts";
import { keyTable, keyTables } from "./key-tables.ts";
import { documentedKeys } from "./keys.ts";
import { commandManPage, fileManPage } from "./man-pages.ts";
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
    ...generatedForPackages(keys),
    ["docs/command-line.md", withBlocks("docs/command-line.md", { usage: `\`\`\`\n${usage}\n\`\`\`\n` })],
    ["docs/metrics.md", withBlocks("docs/metrics.md", { metrics: metricTable() })],
  ]);
}

function generatedForPackages(keys: ReturnType<typeof documentedKeys>): readonly (readonly [string, string])[] {
  const commands = documentedCommands(usage);
  return [
    ["packaging/generated/drove-gateway.bash", bashCompletion(commands)],
    ["packaging/generated/_drove-gateway", zshCompletion(commands)],
    ["packaging/generated/drove-gateway.fish", fishCompletion(commands)],
    ["packaging/generated/drove-gateway.1", commandManPage(commands)],
    ["packaging/generated/gateway.toml.5", fileManPage(keys)],
  ];
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
