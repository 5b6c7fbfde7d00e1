import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Child, startChild } from "./child.ts";

/** The nginx of this machine; Debian keeps it where only root's PATH looks. */
export function findNginx(): string {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  const found = folders.map((folder) => join(folder, "nginx")).find(isExecutable);
  if (found === undefined) throw new Error("nginx is not installed on this machine; on Debian: apt-get install nginx");
  return found;
}

/** `1.30.6`. */
export function nginxVersion(nginx: string): string {
  const { stderr } = spawnSync(nginx, ["-v"], { encoding: "utf8", timeout: 5000 });
  return /nginx\/(\S+)/.exec(stderr)?.[1] ?? "of an unknown version";
}

/** Starts nginx with the file that the agent has written. */
export function startNginx(
  nginx: string,
  files: { readonly config: string; readonly errorLog: string; readonly onLine: (line: string) => void },
): Child {
  return startChild([nginx, "-c", files.config, "-e", files.errorLog, "-g", "daemon off;"], files.onLine);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
