/** A command as `drove-gateway --help` tells of it. */
export interface DocumentedCommand {
  /** `plan`, or `-sync-haproxy-state-config`. */
  readonly name: string;
  /** All after the program's name: `check [-f FILE] [--endpoints NAMESPACE=FILE.json]...`. */
  readonly synopsis: string;
  readonly description: string;
  /** `-f`, `--endpoints` and so on, with those that its group's heading gives to each. */
  readonly flags: readonly string[];
}

const commandLine = /^(?:Usage: | +)drove-gateway (?<synopsis>\S+(?: \S+)*)(?: {2,}(?<description>\S.*))?$/;
const flag = /(?<![\w-])--?[a-z][a-z-]*/g;

/** Reads the commands out of the usage text, which is written for people but has a form. */
export function documentedCommands(usage: string): readonly DocumentedCommand[] {
  const commands: DocumentedCommand[] = [];
  let shared: readonly string[] = [];
  for (const line of usage.split("\n")) {
    const { synopsis, description = "" } = commandLine.exec(line)?.groups ?? {};
    const last = commands.at(-1);
    if (synopsis !== undefined) commands.push(commandOf(synopsis, description, shared));
    else if (/^\S/.test(line)) shared = line.match(flag) ?? [];
    else if (last !== undefined && line.trim() !== "")
      commands[commands.length - 1] = { ...last, description: `${last.description} ${line.trim()}`.trim() };
  }
  return commands;
}

function commandOf(synopsis: string, description: string, shared: readonly string[]): DocumentedCommand {
  const name = (synopsis.split(" ", 1)[0] ?? "").replace(/^\[(.*)\]$/, "$1");
  const own = synopsis.slice(name.length).match(flag) ?? [];
  return { name, synopsis, description, flags: [...new Set([...own, ...shared])] };
}
