import { createHash } from "node:crypto";
import { existsSync, globSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { fixedResolver } from "../dns/fixed-resolver.ts";
import { AgentError, messageOf } from "../errors.ts";
import { unifiedDiff } from "../insight/unified-diff.ts";
import { hashText, worldOf } from "../machine.ts";
import type { ProxyDriver, RunningState } from "../model.ts";
import type { Recorded } from "./arguments.ts";
import { noteText } from "./note-text.ts";
import { preview } from "./preview.ts";
import { readInputs } from "./read-inputs.ts";
import { readRecorded } from "./recorded.ts";

/*
 * A case is a folder:
 *
 *   endpoints-NAMESPACE.json   what the controllers answer; `endpoints.json` where there is one namespace
 *   expected.conf              what the template is to make of it
 *   gateway.toml               the configuration, else that of the folder above, else that of `-f FILE`
 *
 * Everything else is the same on every machine: names resolve to made-up addresses, the machine has IPv6, it is noon of
 * the first day of 2026 in UTC, and the gateway is called `gateway`.
 */

/** How one case went. */
export interface CaseResult {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "written";
  /** From what was expected to what was made; or why nothing could be made. */
  readonly diff: string;
  readonly warnings: readonly string[];
}

export interface CaseOptions {
  /** Of `-f`, for cases without a file of their own. */
  readonly file: string | undefined;
  /** Writes what is made as what is expected from now on. */
  readonly update: boolean;
  /** What the proxy's version is to be taken for; undefined: unknown. */
  readonly proxyVersion: string | undefined;
  readonly signal: AbortSignal;
}

/** The folders of all cases, sorted: the folder itself if it is one. Throws AgentError("usage") if there are none. */
export function findCases(folder: string): readonly string[] {
  const found = globSync([join(folder, "endpoints*.json"), join(folder, "*", "endpoints*.json")]).map(dirname);
  const cases = [...new Set(found)].sort();
  if (cases.length > 0) return cases;
  throw new AgentError("usage", `${folder} has no case: a case is a folder with endpoints-NAMESPACE.json in it`);
}

/** Renders one case and compares. What is wrong with a case is its result, never thrown. */
export async function runCase(folder: string, options: CaseOptions): Promise<CaseResult> {
  const name = basename(folder);
  try {
    const { text, warnings } = await renderCase(folder, options);
    const path = join(folder, "expected.conf");
    const expected = existsSync(path) ? await readFile(path, "utf8") : "";
    const diff = await unifiedDiff({ name: path, text: expected }, { name: `${path} (made now)`, text });
    if (diff === "") return { name, outcome: "passed", diff, warnings };
    if (options.update) await writeFile(path, text);
    return { name, outcome: options.update ? "written" : "failed", diff, warnings };
  } catch (error) {
    return { name, outcome: "failed", diff: `${messageOf(error)}\n`, warnings: [] };
  }
}

async function renderCase(folder: string, options: CaseOptions) {
  const { config, notes } = await readCaseConfig(folder, options);
  const { configFile, template } = await readInputs(config);
  const names = config.namespaces.map((one) => one.name);
  const shown = await preview({
    config,
    configFile,
    template,
    snapshots: await readRecorded(recordedIn(folder, names), config.namespaces),
    resolver: fixedResolver(madeUpAddress),
    driver: observing(options.proxyVersion),
    world: { ...worldOf(process.env), timeZone: "UTC", ipv6: true },
    hash: hashText,
    now: Date.UTC(2026, 0, 1, 12),
    signal: options.signal,
  });
  return { text: shown.file.text, warnings: [...notes, ...shown.notes].map(noteText) };
}

async function readCaseConfig(folder: string, { file, signal }: CaseOptions): Promise<LoadedConfig> {
  const own = [join(folder, "gateway.toml"), join(dirname(folder), "gateway.toml")].find(existsSync);
  const path = own ?? file;
  if (path === undefined)
    throw new AgentError(
      "usage",
      "there is no gateway.toml in the case's folder or the one above; give one with -f FILE",
    );
  const loaded = await loadConfig({ file: path, env: {}, cwd: process.cwd(), signal });
  const isMachine = loaded.config.xproxy === hostname();
  return isMachine ? { ...loaded, config: { ...loaded.config, xproxy: "gateway" } } : loaded;
}

function recordedIn(folder: string, namespaces: readonly string[]): readonly Recorded[] {
  return globSync(join(folder, "endpoints*.json")).map((file) => {
    const named = /^endpoints-(.+)\.json$/.exec(basename(file))?.[1];
    const [only, ...others] = namespaces;
    if (named === undefined && others.length > 0)
      throw new AgentError(
        "usage",
        "endpoints.json is for one namespace; with several, name each: endpoints-NAMESPACE.json",
      );
    return { namespace: named ?? only ?? "", file };
  });
}

/** An address of the network for tests of RFC 2544, the same one for the same name. */
function madeUpAddress(name: string): string {
  const [second = 0, third = 0, fourth = 0] = createHash("sha256").update(name).digest();
  return `198.${18 + (second & 1)}.${third}.${fourth}`;
}

/** A proxy of this version that has nothing yet. */
function observing(version: string | undefined): Pick<ProxyDriver, "observe"> {
  const state: RunningState = {
    running: false,
    startable: false,
    version,
    servedGeneration: undefined,
    file: undefined,
    unproven: false,
    oldWorkers: 0,
  };
  return { observe: async () => state };
}
