import { join } from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { fixedResolver } from "../dns/fixed-resolver.ts";
import { AgentError, messageOf } from "../errors.ts";
import { unifiedDiff } from "../insight/unified-diff.ts";
import { hashText, worldOf } from "../machine.ts";
import type { NamespaceSnapshot } from "../model.ts";
import { createHistory } from "../records/history.ts";
import type { HistoryContent } from "../records/history-entry.ts";
import type { Command } from "./arguments.ts";
import { paintFor, printable } from "./paint.ts";
import { diffText } from "./plan-text.ts";
import { preview } from "./preview.ts";
import { readInputs } from "./read-inputs.ts";

type Replay = Extract<Command, { readonly name: "replay" }>;

/** What today's template and configuration make of one entry of the history. */
interface Replayed {
  readonly generation: number;
  readonly at: string;
  readonly outcome: "same" | "differs" | "failed";
  /** From what was applied then to what is made now; or why nothing could be made. */
  readonly diff: string;
}

/**
 * `replay [GENERATION]`: renders the recorded answers of controllers with the configuration and the template of now, and
 * compares with what was applied then. 1 if any cannot be rendered; that they differ is no fault.
 */
export async function replay(command: Replay, { config: given }: LoadedConfig): Promise<number> {
  const config = withTemplate(given, command.template);
  const directory = join(config.state_persistence_dir, "history");
  const timeoutMs = () => config.disk_io_timeout_sec * 1000;
  const history = createHistory({
    directory,
    timeoutMs,
    limits: () => ({ entries: 0, bytes: 0 }),
    onFailure: () => undefined,
  });
  const wanted = command.generation === "" ? undefined : Number(command.generation);
  const entries = (await history.list()).filter((one) => wanted === undefined || one.id === wanted).toReversed();
  if (entries.length === 0)
    throw new AgentError("usage", `${directory} has no ${wanted ?? "generation"}; see drove-gateway history`);
  const results: Replayed[] = [];
  for (const { id, at } of entries) {
    const entry = await history.read(id);
    if (entry !== undefined) results.push({ generation: id, at, ...(await replayOne(entry.content, config)) });
  }
  process.stdout.write(command.json ? `${JSON.stringify(results, undefined, 2)}\n` : textOf(results));
  return results.some((one) => one.outcome === "failed") ? 1 : 0;
}

function withTemplate(config: Config, template: string | undefined): Config {
  if (template === undefined) return config;
  return { ...config, [config.proxy_platform === "nginx" ? "nginx_template" : "haproxy_template"]: template };
}

async function replayOne(content: HistoryContent, config: Config): Promise<Pick<Replayed, "outcome" | "diff">> {
  const { file } = content;
  try {
    const text = await render(content, config);
    const diff = await unifiedDiff({ name: file.path, text: file.text }, { name: `${file.path} (replayed)`, text });
    return { outcome: diff === "" ? "same" : "differs", diff };
  } catch (error) {
    return { outcome: "failed", diff: `${messageOf(error)}\n` };
  }
}

/** With the addresses, the proxy's version and the clock of then. */
async function render({ file, proxyVersion, addresses, snapshots }: HistoryContent, config: Config): Promise<string> {
  const { configFile, template } = await readInputs(config);
  const known = new Map(addresses);
  const running = { running: false, startable: false, servedGeneration: undefined, file: undefined, unproven: false };
  const shown = await preview({
    config,
    configFile,
    template,
    snapshots: snapshots.map((one): NamespaceSnapshot => ({ ...one, leader: one.leader, source: "disk", notes: [] })),
    resolver: fixedResolver((name) => known.get(name)),
    driver: { observe: async () => ({ ...running, version: proxyVersion, oldWorkers: 0 }) },
    world: worldOf(process.env),
    hash: hashText,
    now: file.renderedAt,
    signal: AbortSignal.timeout(120_000),
  });
  return shown.file.text;
}

function textOf(results: readonly Replayed[]): string {
  const paint = paintFor(process.stdout);
  const style = { same: "green", differs: "yellow", failed: "red" } as const;
  const shown = results.map(({ generation, at, outcome, diff }) => {
    const head = `${paint(style[outcome], outcome)} ${generation}  ${at}\n`;
    return head + diffText(printable(diff), paint);
  });
  return shown.join("");
}
