import { readFile, realpath } from "node:fs/promises";
import { onDisk } from "../apply/disk.ts";
import { syncStateConfig } from "../apply/haproxy-sync.ts";
import { replaceFile } from "../apply/write-in-one-step.ts";
import type { Config } from "../config/schema.ts";
import { AgentError, isMissing } from "../errors.ts";

/**
 * `-sync-haproxy-state-config`: brings the blocks of servers in haproxy_config in step with the server-state file, so
 * that a HAProxy that starts next has the servers of the one before. Returns a line that says what was done.
 */
export async function syncHaproxyStateConfig(config: Config): Promise<string> {
  const { haproxy_config: path, haproxy_global_server_state_file_path: statePath } = config;
  if (config.proxy_platform !== "haproxy") {
    throw new AgentError(
      "usage",
      `-sync-haproxy-state-config is for HAProxy; proxy_platform is ${config.proxy_platform}`,
    );
  }
  if (statePath === "") {
    const remedy = "set haproxy_global_server_state_file_path to HAProxy's global server-state-file";
    throw new AgentError("config-invalid", `-sync-haproxy-state-config needs a server-state file: ${remedy}`);
  }
  const options = { timeoutMs: config.disk_io_timeout_sec * 1000 };
  const read = (file: string) => onDisk("read", { ...options, path: file }, () => readFile(file));
  // Where it is a link, its target is replaced. Latin-1 keeps every byte, whatever the alphabet.
  const target = await onDisk("find", { ...options, path }, () => realpath(path));
  const before = (await read(target)).toString("latin1");
  const state = await read(statePath).then((bytes) => bytes.toString("latin1"), nothingIfMissing);
  const after = syncStateConfig(before, state);
  if (after === before) return `${path} is in step`;
  await replaceFile(target, Buffer.from(after, "latin1"), options);
  return `${path} has the servers of ${state === undefined ? "no server-state file: none" : statePath}`;
}

function nothingIfMissing(error: unknown): undefined {
  if (!(error instanceof AgentError) || !isMissing(error.cause)) throw error;
}
