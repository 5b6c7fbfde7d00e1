import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { writeCompanions } from "../../../agent/apply/companion-files.ts";

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** What HAProxy says of a configuration in this folder, its notices left out; nothing if it is content. */
export async function haproxyComplaint(program: string, text: string, folder: string): Promise<string> {
  const path = join(folder, "haproxy.cfg");
  const here = text.replaceAll("/etc/haproxy/", `${folder}/`);
  await writeFile(path, here);
  await writeCompanions(path, here, { timeoutMs: 10_000 });
  const run = promisify(execFile)(program, ["-c", "-f", path]);
  const { stdout, stderr } = await run.catch((error: Output) => error);
  const lines = `${stdout}\n${stderr}`.split("\n");
  return lines.filter((line) => !/^$|^\[NOTICE\]|^Configuration file is valid/.test(line)).join("\n");
}
