import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The names of instances as the agent of a world can resolve them. */
export interface HostNames {
  /** False where an agent cannot have an /etc/hosts of its own: then no instance has a name. */
  readonly isOwn: boolean;
  /** What follows an instance in its name. */
  readonly domain: string;
  /** The command that starts an agent with these names. */
  readonly launcher: readonly string[];
  /** All names resolve. */
  mend(): Promise<void>;
  /** None does. */
  fail(): Promise<void>;
}

/** More instances than a run ever starts. */
const most = 20_000;

/** An /etc/hosts for agents only, in this folder. */
export async function createHostNames(folder: string): Promise<HostNames> {
  const domain = "instances.test";
  const file = join(folder, "hosts");
  const usual = "127.0.0.1 localhost\n";
  const names = Array.from({ length: most }, (_, at) => `127.0.0.1 i${at}.${domain}\n`).join("");
  // Mounts made later outside count inside as well: a full or read-only disk is one for the agent too.
  const script = 'mount --bind "$0" /etc/hosts && exec "$@"';
  const launcher = ["unshare", "--mount", "--propagation", "slave", "sh", "-c", script, file];
  const mend = () => writeFile(file, usual + names);
  await mend();
  const isOwn = canLaunch(launcher);
  return { isOwn, domain, launcher: isOwn ? launcher : [], mend, fail: () => writeFile(file, usual) };
}

function canLaunch([command = "", ...args]: readonly string[]): boolean {
  try {
    execFileSync(command, [...args, "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
