#!/usr/bin/env node
import { writeSync } from "node:fs";
import { parseCommand, usage } from "./cli/arguments.ts";
import { askOperator } from "./cli/ask-operator.ts";
import { healthcheck } from "./cli/healthcheck.ts";
import { replay } from "./cli/replay.ts";
import { runGateway } from "./cli/run.ts";
import { showConfig } from "./cli/show-config.ts";
import { syncHaproxyStateConfig } from "./cli/sync-haproxy-state-config.ts";
import { testTemplates } from "./cli/test-templates.ts";
import { versionText } from "./cli/version.ts";
import { within } from "./clock.ts";
import { type ConfigSources, type LoadedConfig, loadConfig, loadToAsk } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { AgentError, type ErrorCode } from "./errors.ts";

/** sysexits.h: supervisors and container runtimes know 78 as "the configuration is at fault", 64 as wrong usage. */
const exitCodes: Partial<Record<ErrorCode, number>> = {
  "config-invalid": 78,
  "config-unreadable": 78,
  "template-unreadable": 78,
  "template-invalid": 78,
  "proxy-refused-config": 78,
  usage: 64,
};

void main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    for (const line of linesOf(error)) writeSync(2, `drove-gateway: ${line}\n`);
    // A start that failed half way may have left timers and listeners behind.
    process.exit(error instanceof AgentError ? (exitCodes[error.code] ?? 1) : 1);
  },
);

/** Runs one command; the number is the process's exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const command = parseCommand(argv);
  // Existing installations send these at any time: until the agent listens they must neither end it nor open Node's
  // debugger, which is what SIGUSR1 does otherwise.
  if (command.name === "run") for (const name of ["SIGHUP", "SIGUSR1", "SIGUSR2"]) process.on(name, () => undefined);
  if (command.name === "version") return print(versionText());
  if (command.name === "help") return print(`${usage}\n`);
  if (command.name === "test") return await testTemplates(command);
  const read = () => readConfig(command.file);
  if (command.name === "run") return await runGateway({ loaded: await read(), read });
  if (command.name === "healthcheck") return await askHealth(await readToAsk(command.file));
  if (command.name === "sync-haproxy-state-config") return await syncState(await read());
  if (command.name === "check" || command.name === "render") return await showConfig(command, await read());
  if (command.name === "replay") return await replay(command, await read());
  return await askOperator(command, await readToAsk(command.file));
}

function readConfig(file: string | undefined): Promise<LoadedConfig> {
  return reading(file, loadConfig);
}

/** For who asks the running agent, which goes on when an edit of its file was bad. */
async function readToAsk(file: string | undefined): Promise<Config> {
  const { config, trouble } = await reading(file, loadToAsk);
  if (trouble !== undefined) for (const line of linesOf(trouble)) writeSync(2, `drove-gateway: warning: ${line}\n`);
  return config;
}

function reading<T>(file: string | undefined, load: (sources: ConfigSources) => Promise<T>): Promise<T> {
  return within({ ms: 30_000 }, (signal) => load({ file, env: environment(), cwd: process.cwd(), signal }));
}

/** `DEBUG` of the image means a verbose log, unless the level is given by itself. */
function environment(): Readonly<Record<string, string | undefined>> {
  const { DEBUG: debug = "" } = process.env;
  return debug === "" || debug === "0" ? process.env : { DROVE_GATEWAY_LOGLEVEL: "debug", ...process.env };
}

/** One line per problem. */
function linesOf(error: unknown): readonly string[] {
  const problems = error instanceof AgentError ? error.facts["problems"] : undefined;
  if (Array.isArray(problems)) return problems.map(String);
  return [error instanceof Error ? error.message : String(error)];
}

async function askHealth(config: Config): Promise<number> {
  const { ok, text } = await healthcheck(config, AbortSignal.timeout(5000));
  print(`${text}\n`);
  return ok ? 0 : 1;
}

async function syncState({ config }: LoadedConfig): Promise<number> {
  return print(`${await syncHaproxyStateConfig(config)}\n`);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
