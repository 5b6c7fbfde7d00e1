import { AgentError } from "../errors.ts";

/** One line of `show servers state`. `operational` and `admin` are HAProxy's numbers. */
export interface ServerState {
  readonly backend: string;
  readonly name: string;
  /** Without brackets; "-" if HAProxy could not resolve it. */
  readonly address: string;
  readonly port: number;
  readonly operational: number;
  readonly admin: number;
  readonly secondsSinceChange: number;
}

/** Reads `show servers state` or a server-state file: a line with the format version, a header, a line per server. */
export function parseServersState(text: string): readonly ServerState[] {
  const lines = text.split("\n");
  const format = lines[0]?.trim() ?? "";
  // There has been no other since HAProxy 1.6.
  if (format !== "1") {
    throw failed(`the state of servers has format version ${shown(format)}, and this agent knows version 1 only`);
  }
  const { pattern, group } = fieldsOf(lines[1]);
  const [backend, name, address] = [group("be_name"), group("srv_name"), group("srv_addr")];
  const [port, operational, admin] = [group("srv_port"), group("srv_op_state"), group("srv_admin_state")];
  const since = group("srv_time_since_last_change");
  const servers: ServerState[] = [];
  let last = "";
  for (let index = 2; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (line === "" || line.startsWith("#")) continue;
    const fields = pattern.exec(line);
    if (fields === null) throw failed(`line ${index + 1} of the state of servers is cut off: ${shown(line)}`);
    // One string for all servers of a backend: whoever groups them by it has one to hash.
    if (fields[backend] !== last) last = fields[backend] ?? "";
    servers.push({
      backend: last,
      name: fields[name] ?? "",
      address: fields[address] ?? "",
      port: Number(fields[port]),
      operational: Number(fields[operational]),
      admin: Number(fields[admin]),
      secondsSinceChange: Number(fields[since]),
    });
  }
  return servers;
}

/** What is read of a server's line, as far as the last of these columns. */
const wanted = new Set([
  "be_name",
  "srv_name",
  "srv_addr",
  "srv_op_state",
  "srv_admin_state",
  "srv_time_since_last_change",
  "srv_port",
]);

/** A pattern made of the header takes out just what is wanted: half the time of splitting each line at its spaces. */
function fieldsOf(header = "") {
  const names = namesIn(header);
  const known = names.slice(0, 1 + names.findLastIndex((name) => wanted.has(name)));
  const pattern = new RegExp(`^${known.map((name) => (wanted.has(name) ? "([^ ]+)" : "[^ ]+")).join(" ")}(?: |$)`);
  const captured = known.filter((name) => wanted.has(name));
  return { pattern, group: (name: string) => 1 + indexIn(captured, { name, header, what: "the state of servers" }) };
}

/** What HAProxy says of itself in `show info`. No description in its configuration is an empty one. */
export function parseInfo(text: string): {
  readonly version: string;
  readonly pid: number;
  readonly description: string;
} {
  const field = (name: string) => new RegExp(`^${name}: *(.*)$`, "m").exec(text)?.[1]?.trim();
  const version = field("Version");
  const pid = Number(field("Pid"));
  if (version === undefined || !(pid > 0)) throw failed(`no answer to "show info": ${shown(text)}`);
  return { version, pid, description: field("description") ?? "" };
}

/** The names of `show backend`: all backends, those without servers included. */
export function parseBackends(text: string): ReadonlySet<string> {
  const [header, ...names] = text.split("\n");
  if (header?.trim() !== "# name") throw failed(`no answer to "show backend": ${shown(text)}`);
  return new Set(names.filter((name) => name !== ""));
}

/** Connections in use by server, of `show servers conn BACKEND`. Its columns differ from version to version. */
export function parseServersConn(text: string): ReadonlyMap<string, number> {
  const [header, ...rows] = text.split("\n");
  const names = namesIn(header);
  const column = (name: string) => indexIn(names, { name, header, what: "the connections of servers" });
  const [name, used] = [column("bkname/svname"), column("used_cur")];
  return new Map(
    rows
      .filter((row) => row !== "")
      .map((row) => {
        const fields = row.split(" ");
        return [(fields[name] ?? "").replace(/^[^/]*\//, ""), Number(fields[used])];
      }),
  );
}

function namesIn(header = ""): readonly string[] {
  return header.replace(/^# */, "").trim().split(" ");
}

function indexIn(
  names: readonly string[],
  { name, header = "", what }: { readonly name: string; readonly header: string | undefined; readonly what: string },
): number {
  const index = names.indexOf(name);
  if (index < 0) throw failed(`${what} has no column ${name}; its header is ${shown(header)}`);
  return index;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

function failed(message: string): AgentError {
  return new AgentError("proxy-api-failed", message);
}
