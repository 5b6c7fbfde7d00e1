import { inBrackets } from "../address.ts";
import { AgentError, messageOf } from "../errors.ts";
import { parseServersState, type ServerState } from "./haproxy-state.ts";

/*
 * An operator's own configuration, which the agent does not write, has a place for servers that come and go at run time:
 *
 *   backend shop.test
 *     #DROVE-SERVERS-BEGIN shop.test
 *     server server_10.0.0.7_31411 10.0.0.7:31411
 *     #DROVE-SERVERS-END
 */

const begin = "#DROVE-SERVERS-BEGIN";
const end = "#DROVE-SERVERS-END";

/** What ends a backend; some of these have lines that begin with `server` as well. */
const sections = new Set([
  "global",
  "defaults",
  "frontend",
  "backend",
  "listen",
  "peers",
  "ring",
  "resolvers",
  "fcgi-app",
]);

/** The lines between two markers; `first` and `last` are the indexes of those. */
interface Block {
  readonly backend: string;
  readonly first: number;
  readonly last: number;
}

/**
 * Fills the blocks of a HAProxy configuration with the servers that its state file has; without a state file they are
 * empty. Everything else stays as it is. Throws AgentError("config-invalid") where a block or the state is not as it
 * should be.
 *
 * Servers in maintenance are left out: they are on their way out, or have not taken a request yet. After a restart they
 * would be back for good; whatever should be there, the agent adds again. So are those of which HAProxy has no address,
 * and those that the configuration has outside of its blocks: their second line would stop HAProxy from starting.
 */
export function syncStateConfig(config: string, state: string | undefined): string {
  // With its own end, so that whatever ends a line stays.
  const lines = config.split(/(?<=\n)/);
  const blocks = blocksOf(lines);
  const outside = serversOutside(lines);
  const servers = state === undefined || state.trim() === "" ? [] : readState(state);
  const wanted = servers.filter(
    (server) => (server.admin & 1) === 0 && server.address !== "-" && !outside.has(keyOf(server)),
  );
  const byBackend = Map.groupBy(wanted, (server) => server.backend);
  const filled = blocks.map(({ backend, first }, index) => {
    const between = lines.slice(blocks[index - 1]?.last ?? 0, first + 1);
    return [...between, ...linesFor(lines[first] ?? "", byBackend.get(backend) ?? [])].join("");
  });
  return [...filled, ...lines.slice(blocks.at(-1)?.last ?? 0)].join("");
}

function blocksOf(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  let open: { readonly backend: string; readonly first: number } | undefined;
  for (const [index, line] of lines.entries()) {
    const [word, ...names] = line.trim().split(/\s+/);
    if (word === begin) {
      if (open !== undefined) throw broken(index, `begins inside of the block of line ${open.first + 1}`);
      const [backend] = names;
      if (backend === undefined || names.length > 1) throw broken(index, "does not name one backend");
      open = { backend, first: index };
    } else if (word === end) {
      if (open === undefined) throw broken(index, "ends without a beginning");
      blocks.push({ ...open, last: index });
      open = undefined;
    }
  }
  if (open !== undefined) throw broken(open.first, `has no ${end}`);
  if (blocks.length > 0) return blocks;
  throw new AgentError("config-invalid", `there is no "${begin} BACKEND" in the configuration: nothing to fill`);
}

function broken(index: number, what: string): AgentError {
  return new AgentError("config-invalid", `line ${index + 1} of the configuration: the block of servers ${what}`);
}

function readState(text: string): readonly ServerState[] {
  try {
    return parseServersState(text);
  } catch (cause) {
    throw new AgentError("config-invalid", `the server-state file cannot be used: ${messageOf(cause)}`, { cause });
  }
}

function serversOutside(lines: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const at = { backend: "", inBlock: false };
  for (const line of lines) {
    const [word = "", name = ""] = line.trim().split(/\s+/);
    if (sections.has(word)) at.backend = name;
    else if (word === begin) at.inBlock = true;
    else if (word === end) at.inBlock = false;
    else if (word === "server" && !at.inBlock) found.add(keyOf({ backend: at.backend, name }));
  }
  return found;
}

/** Neither part may have a slash in HAProxy. */
function keyOf({ backend, name }: Pick<ServerState, "backend" | "name">): string {
  return `${backend}/${name}`;
}

/** As far to the right as the marker, or by two if it is at the margin; with its kind of line end. */
function linesFor(marker: string, servers: readonly ServerState[]): readonly string[] {
  const indent = /^[ \t]+/.exec(marker)?.[0] ?? "  ";
  const newline = marker.endsWith("\r\n") ? "\r\n" : "\n";
  return servers.map(({ name, address, port }) => {
    const host = inBrackets(address);
    return `${indent}server ${name} ${host}:${port}${newline}`;
  });
}
