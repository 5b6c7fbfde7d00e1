import type { TestContext } from "node:test";
import { execa } from "execa";
import { eventually } from "./eventually.ts";
import { nginx } from "./images.ts";

export interface ContainerOptions {
  readonly image?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Further flags of `docker run`. */
  readonly flags?: readonly string[];
  /** Replaces the services. */
  readonly command?: readonly string[];
}

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  /** Both, standard output first. */
  readonly all: string;
}

/** A container of the image under test, on the host's network. It goes with its test. */
export interface Container {
  readonly id: string;
  logs(): Promise<Output>;
  /** Runs a script of `sh` inside; its standard output. */
  shell(script: string, ...words: readonly string[]): Promise<string>;
  signal(name: string): Promise<void>;
  /** `docker stop`; how long it took. */
  stop(): Promise<{ readonly tookMs: number; readonly exitCode: number }>;
  restart(): Promise<void>;
  /** Waits for the end; the exit code. */
  ended(options?: { readonly deadlineMs?: number }): Promise<number>;
  running(): Promise<boolean>;
  /** One field of `docker inspect`, by a Go template. */
  inspect(template: string): Promise<string>;
  /** Waits until a line of the log matches. */
  logged(pattern: RegExp, options?: { readonly deadlineMs?: number }): Promise<string>;
}

/** `docker run --detach`. */
export async function startContainer(t: TestContext, options: ContainerOptions): Promise<Container> {
  const id = await docker("run", "--detach", "--network", "host", ...runArguments(options));
  t.after(() => execa("docker", ["rm", "--force", "--volumes", id], { reject: false }));
  const logs = (): Promise<Output> => logsOf(id);
  const inspect = (template: string): Promise<string> => docker("inspect", "--format", template, id);
  return {
    id,
    logs,
    inspect,
    shell: (script, ...words) => docker("exec", id, "sh", "-c", script, "sh", ...words),
    async signal(name) {
      await docker("kill", "--signal", name, id);
    },
    async stop() {
      const start = performance.now();
      await docker("stop", id);
      return { tookMs: performance.now() - start, exitCode: Number(await inspect("{{.State.ExitCode}}")) };
    },
    async restart() {
      await docker("restart", id);
    },
    async ended({ deadlineMs = 30_000 } = {}) {
      const { stdout } = await execa("docker", ["wait", id], { timeout: deadlineMs });
      return Number(stdout);
    },
    running: async () => (await inspect("{{.State.Running}}")) === "true",
    logged: (pattern, { deadlineMs = 30_000 } = {}) =>
      eventually(`a log line ${pattern}`, async () => firstLine(await logs(), pattern), { deadlineMs }).catch(
        async (error: unknown) => {
          throw new Error(`the log was:\n${(await logs()).all}`, { cause: error });
        },
      ),
  };
}

/** Standard output of a docker command. */
export async function docker(...words: readonly string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await execa("docker", words, { reject: false });
  if (exitCode !== 0) throw new Error(`docker ${words[0]} failed with code ${exitCode}: ${stderr || stdout}`);
  return stdout;
}

function runArguments({ image = nginx.image, env = {}, flags = [], command = [] }: ContainerOptions): string[] {
  const variables = Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  return [...variables, ...flags, image, ...command];
}

async function logsOf(id: string): Promise<Output> {
  const { stdout, stderr } = await execa("docker", ["logs", id]);
  return { stdout, stderr, all: `${stdout}\n${stderr}` };
}

function firstLine({ all }: Output, pattern: RegExp): string | undefined {
  return all.split("\n").find((line) => pattern.test(line));
}
