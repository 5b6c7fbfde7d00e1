import { basename } from "node:path";
import type { Clock } from "../clock.ts";
import { AgentError } from "../errors.ts";
import type { ApplyReport, Plan, ProxyDriver, RenderedFile, RunningState } from "../model.ts";
import { checkOnly, deliver } from "./deliver.ts";
import { checkWithNginx } from "./nginx-check.ts";
import { createFirstStart } from "./nginx-first-start.ts";
import { lastComplaint, markLog } from "./nginx-log.ts";
import type { Probe } from "./nginx-probe.ts";
import { countGenerations, errorLogOf, findFirstMaster, listWorkers, pidFileOf } from "./nginx-process.ts";
import { type Proof, proveReload } from "./nginx-proof.ts";
import type { NginxSettings } from "./nginx-settings.ts";
import type { TrialService } from "./proxy-service.ts";
import type { RunCommand } from "./run-command.ts";
import { readInUse } from "./staged-files.ts";

/** The world as the driver touches it. */
export interface NginxParts {
  readonly settings: () => NginxSettings;
  readonly run: RunCommand;
  readonly probe: Probe;
  readonly clock: Clock;
  /** Starts the proxy where that is ours to do. */
  readonly service: TrialService | undefined;
}

/** What it learnt from `nginx -V`, for as long as the command is the same and the same master runs. */
interface Build {
  readonly command: string;
  readonly master: number | undefined;
  readonly version: string | undefined;
  readonly pidFile: string | undefined;
}

/** Open-source nginx, changed by reloads only. */
export function createNginxDriver(parts: NginxParts): ProxyDriver {
  const known: { build: Build | undefined } = { build: undefined };
  const firstStart = createFirstStart(parts);

  async function observe(signal: AbortSignal): Promise<RunningState> {
    const settings = parts.settings();
    const { file, former, master } = await lookUp(signal);
    const running = master !== undefined || isWrapper(settings.command);
    const workers = master === undefined ? undefined : await listWorkers(master);
    return {
      running,
      startable: parts.service !== undefined,
      version: known.build?.version,
      servedGeneration: running ? await parts.probe(settings.statusAddress, signal) : undefined,
      file,
      unproven: former !== undefined,
      oldWorkers: workers?.quitting.length ?? 0,
      ...(workers && { oldGenerations: await countGenerations(workers.quitting) }),
    };
  }

  /** The files on disk, and the master that runs with one of them: an unproven file may name another pid file. */
  async function lookUp(signal: AbortSignal) {
    const settings = parts.settings();
    const { file, former } = await readInUse(settings.configFile, { timeoutMs: settings.diskTimeoutMs });
    const texts = [file?.text, former].filter((text) => text !== undefined);
    return { file, former, master: await masterOf(texts.length === 0 ? [""] : texts, signal) };
  }

  /** The master that one of these configs leads to, with `nginx -V` asked anew whenever it is another one. */
  async function masterOf(texts: readonly string[], signal: AbortSignal): Promise<number | undefined> {
    const command = parts.settings().command.join(" ");
    const find = () => findFirstMaster(texts.flatMap((text) => pidFileOf(text) ?? known.build?.pidFile ?? []));
    const master = await find();
    const isKnown = known.build?.command === command && known.build.master === master;
    // What could not be asked once, as where nginx was not there yet, may be asked now.
    if (isKnown && known.build?.version !== undefined) return master;
    const introduced = known.build === undefined ? await introduction() : undefined;
    known.build = { ...(introduced ?? (await askBuild(parts, signal))), command, master };
    return await find();
  }

  /** The very first question may have been answered already, beside the agent's own start. */
  async function introduction(): Promise<Omit<Build, "command" | "master"> | undefined> {
    if (basename(parts.settings().command[0] ?? "") !== "nginx") return undefined;
    const said = await parts.service?.introduction();
    // Its last line; it may be speaking still.
    return said?.includes("configure arguments:") ? buildOf(said) : undefined;
  }

  /** Before the first file there is nothing that nginx could run with, but a fragment that its own file includes. */
  async function toReload(file: RenderedFile, signal: AbortSignal) {
    const { former, ...found } = await lookUp(signal);
    const master = found.file === undefined ? await masterOf([file.text], signal) : found.master;
    return { master, unproven: former !== undefined };
  }

  async function check(file: RenderedFile, signal: AbortSignal): Promise<void> {
    await checkOnly({
      file,
      diskTimeoutMs: parts.settings().diskTimeoutMs,
      check: checker({ file, check: "needed" }, signal),
    });
  }

  function checker(
    { file, check }: Pick<Plan, "file" | "check">,
    signal: AbortSignal,
  ): (staged: string) => Promise<void> {
    const settings = parts.settings();
    return async (staged) => {
      if (!settings.ignoreCheck && check === "needed")
        await checkWithNginx(parts.run, { settings, staged, file, signal });
    };
  }

  async function apply(plan: Plan, signal: AbortSignal): Promise<ApplyReport> {
    const { file } = plan;
    const started = plan.kind === "start" ? await firstStart(file, signal) : undefined;
    if (started !== undefined) return started;
    const { diskTimeoutMs } = parts.settings();
    const found = plan.kind === "reload" ? await toReload(file, signal) : { master: undefined, unproven: false };
    const delivered = await deliver({
      file,
      clock: parts.clock,
      diskTimeoutMs,
      signal,
      check: checker(plan, signal),
      bringUp: (checkMs) => bringUp(plan, { ...found, checkMs, signal }),
    });
    return { ...delivered, failed: [] };
  }

  async function bringUp(
    plan: Plan,
    options: {
      readonly master: number | undefined;
      /** An agent was killed before it had proven the file that is there. */
      readonly unproven: boolean;
      readonly checkMs: number;
      readonly signal: AbortSignal;
    },
  ): Promise<Proof> {
    if (plan.kind === "write") return "not-running";
    const settings = parts.settings();
    const { file } = plan;
    const { master } = options;
    // Without this, `nginx -s reload` would reach whatever nginx the machine runs besides.
    const isElsewhere = isWrapper(settings.command) || pidFileOf(file.text) === undefined;
    if (plan.kind === "reload" && master === undefined && !isElsewhere) return "not-running";
    const before = master === undefined ? undefined : await listWorkers(master);
    const log = await markLog(errorLogOf(file.text));
    if (plan.kind === "start") await parts.service?.start(file.path, options.signal);
    else await reload(master, options.signal);
    // Nothing is seen of an nginx elsewhere that tells no generation: its command's word has to do.
    if (master === undefined && isWrapper(settings.command) && !file.carriesGeneration) return "command";
    const proof = await proveReload(parts, {
      file,
      statusAddress: settings.statusAddress,
      master: master ?? (await masterOf([file.text], options.signal)),
      before,
      withinMs: Math.max(5000, 4 * options.checkMs + 1000),
      signal: options.signal,
    });
    if (proof !== undefined) {
      // It may have been killed in the first start, which only tries whether nginx comes up.
      if (options.unproven) await parts.service?.keep(options.signal);
      return proof;
    }
    const complaint = await lastComplaint(log);
    const reason = complaint === undefined ? "look into nginx's error log for the reason" : `it says: ${complaint}`;
    throw new AgentError(
      "proxy-not-proven",
      `nginx goes on with its former configuration after the ${plan.kind}; ${reason}`,
    );
  }

  /** `nginx -s reload` reads the whole configuration once more only to find the pid: a signal saves that. */
  async function reload(master: number | undefined, signal: AbortSignal): Promise<void> {
    const settings = parts.settings();
    if (master !== undefined && !isWrapper(settings.command) && sendHangup(master)) return;
    const command = [...settings.command, "-s", "reload"];
    const result = await parts.run(command, { signal, timeoutMs: settings.checkTimeoutMs, key: "nginx_cmd" });
    if (result.ok) return;
    const why = result.output.trim().split("\n").at(-1);
    throw new AgentError("proxy-command-failed", `"${command.join(" ")}" failed: ${why}`);
  }

  return { name: "nginx", observe, check, apply, run: async () => undefined };
}

async function askBuild(parts: NginxParts, signal: AbortSignal): Promise<Omit<Build, "command" | "master">> {
  const settings = parts.settings();
  const command = [...settings.command, "-V"];
  const result = await parts
    .run(command, { signal, timeoutMs: settings.checkTimeoutMs, key: "nginx_cmd" })
    .catch(() => undefined);
  return buildOf(result?.output);
}

function buildOf(said = ""): Omit<Build, "command" | "master"> {
  return {
    version: /version: \w+\/(\d+(?:\.\d+)*)/.exec(said)?.[1],
    pidFile: /--pid-path=(\S+)/.exec(said)?.[1],
  };
}

/** A first word that is not nginx itself (docker, sudo, ssh, …) means that nginx may live elsewhere. */
export function isWrapper(command: readonly string[]): boolean {
  return !/^(nginx|openresty|angie|tengine)/.test(basename(command[0] ?? ""));
}

function sendHangup(pid: number): boolean {
  try {
    process.kill(pid, "SIGHUP");
    return true;
  } catch {
    return false;
  }
}
