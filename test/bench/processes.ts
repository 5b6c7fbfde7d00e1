import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A folder of its own, removed with everything in it by `dispose`. */
export function makeFolder(): { readonly path: string; readonly dispose: () => void } {
  const path = mkdtempSync(join(tmpdir(), "drove-gateway-bench-"));
  return { path, dispose: () => rmSync(path, { recursive: true, force: true }) };
}

/** Ports that nobody has right now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** A gateway's ports and files, and the TOML that says so. */
export interface Layout {
  readonly folder: string;
  readonly proxyPort: number;
  readonly apiPort: number;
  readonly statusPort: number;
  readonly dnsPort: number;
  readonly configFile: string;
  readonly pidFile: string;
  readonly toml: string;
}

/** Writes a TOML file for a gateway in this folder. `extra` lines stand above the namespace. */
export async function makeLayout(
  folder: string,
  options: { readonly controllers: readonly string[]; readonly nginx: string; readonly extra?: string },
): Promise<Layout> {
  const [proxyPort = 0, apiPort = 0, statusPort = 0, dnsPort = 0] = await freePorts(4);
  const configFile = join(folder, "nginx.conf");
  const pidFile = join(folder, "nginx.pid");
  const toml = join(folder, "gateway.toml");
  const lines = [
    `port = ${apiPort}`,
    `proxy_port = ${proxyPort}`,
    `nginx_status_address = "127.0.0.1:${statusPort}"`,
    `nginx_dns_address = "127.0.0.1:${dnsPort}"`,
    `nginx_config = "${configFile}"`,
    `nginx_pid = "${pidFile}"`,
    `nginx_temp_dir = "${folder}"`,
    `nginx_error_log = "${join(folder, "error.log")}"`,
    `nginx_cmd = "${options.nginx}"`,
    `state_persistence_dir = "${join(folder, "state")}"`,
    `log_format = "json"`,
    options.extra ?? "",
    "[[namespaces]]",
    `name = "bench"`,
    `drove = ${JSON.stringify(options.controllers)}`,
  ];
  writeFileSync(toml, `${lines.join("\n")}\n`);
  return { folder, proxyPort, apiPort, statusPort, dnsPort, configFile, pidFile, toml };
}

/** The bundled agent: what the image runs; a profile is easier to read of `agent/main.ts`. */
export function startAgent(layout: Layout, options: { readonly log?: string } = {}): ChildProcess {
  const bundle = join(import.meta.dirname, "..", "..", "dist", "drove-gateway.cjs");
  const agent = process.env["DROVE_GATEWAY_PROGRAM"] ?? bundle;
  const child = spawn(process.execPath, [...agentFlags, agent, "-f", layout.toml], {
    env: { ...process.env, MALLOC_ARENA_MAX: "2" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    if (options.log !== undefined) writeFileSync(options.log, chunk, { flag: "a" });
  });
  return child;
}

/** As in the image's `drove-gateway` command. */
const agentFlags = ["--max-semi-space-size=8", "--min-semi-space-size=8"];

/** Starts nginx as a daemon with this file, and stops it by `stopNginx`. */
export function startNginx(nginx: string, configFile: string): void {
  execFileSync(nginx, ["-c", configFile], { stdio: "ignore" });
}

/** Ends a process and waits until it is gone. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}

/** Ends the nginx of a pid file at once. */
export async function stopNginx(pidFile: string): Promise<void> {
  const pid = Number(readFileSync(pidFile, "utf8"));
  process.kill(pid, "SIGTERM");
  await until(() => !isAlive(pid), { what: "nginx has ended", withinMs: 10_000 });
}

/** Looks every few ms until the fact holds; throws after `withinMs`. */
export async function until(
  fact: () => boolean | Promise<boolean>,
  options: { readonly what: string; readonly withinMs: number; readonly everyMs?: number },
): Promise<void> {
  const end = performance.now() + options.withinMs;
  while (!(await fact())) {
    if (performance.now() > end) throw new Error(`not within ${options.withinMs} ms: ${options.what}`);
    await sleep(options.everyMs ?? 3);
  }
}

/** CPU time that a process has used, in ms. */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory of a process, in MiB. */
export function residentOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
