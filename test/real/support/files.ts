import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hashText } from "../../../agent/machine.ts";
import { nginxPath } from "./proxy.ts";

/** A file as it is: which file it is, its time, and a name of what it says. */
export async function identityOf(path: string) {
  const { ino, mtimeMs } = await stat(path);
  return { ino, mtimeMs, content: hashText(await readFile(path, "utf8")) };
}

/** Names of what the agent keeps beside the config file. */
export async function hiddenFiles(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith(".")).sort();
}

/** An executable shell script that stands for nginx: `nginx` in it is the real one, `$@` what it was called with. */
export async function scriptIn(folder: string, name: string, lines: readonly string[]): Promise<string> {
  const path = join(folder, name);
  const text = ["#!/bin/sh", `nginx() { ${nginxPath} "$@"; }`, ...lines, ""].join("\n");
  await writeFile(path, text, { mode: 0o755 });
  return path;
}
