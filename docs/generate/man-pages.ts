import { Secret } from "../../agent/config/secret.ts";
import type { DocumentedCommand } from "./commands.ts";
import type { DocumentedKey } from "./keys.ts";

/** drove-gateway(1). */
export function commandManPage(commands: readonly DocumentedCommand[]): string {
  const synopses = commands.map(({ synopsis }) => `.B drove-gateway\n${roff(synopsis)}\n.br\n`);
  const described = commands.map(({ synopsis, description }) => tagged(synopsis, capital(description)));
  return `${header("DROVE\\-GATEWAY", 1)}.SH NAME
drove\\-gateway, nixy \\- puts the apps of a Drove cluster on the network
.SH SYNOPSIS
${synopses.join("")}.SH DESCRIPTION
Drove Gateway asks the controllers of a Drove cluster which apps are healthy and where, renders the configuration of the
nginx or HAProxy beside it from a template, has the proxy check it, and keeps the proxy in step with the cluster. It is not
in the path of any request.
.SH COMMANDS
${described.join("")}.SH CONFIGURATION
The first of these that is there counts: the file given with
.BR \\-f ;
the file that
.B CONFIG_FILE_PATH
names; the variables
.BR DROVE_CONTROLLERS ,
.B DROVE_USERNAME
and so on; and
.I nixy.toml
in the working directory. Every key of the file is also a variable:
.B DROVE_GATEWAY_
and the key in capitals. See
.BR gateway.toml (5).
.SH SIGNALS
${tagged("TERM, INT", "Ends. The proxy goes on.")}${tagged("HUP", "Reads files and secrets again, and asks the controllers for everything.")}${tagged("USR1", "The proxy is about to restart: changes wait, at most proxy_control_plane_timeout_sec.")}${tagged("USR2", "The proxy is up: everything is reconciled.")}.SH EXIT STATUS
${tagged("0", "All is well.")}${tagged("64", "Wrong usage.")}${tagged("78", "A configuration, template or rendered file that cannot be used.")}${tagged("1", "Anything else.")}.SH FILES
${tagged("/etc/drove-gateway/gateway.toml", "The configuration of the service.")}${tagged("/etc/default/drove-gateway", "Variables of the service; need not be there.")}${tagged("/var/lib/drove-gateway", "The last state of each cluster.")}${tagged("/usr/share/drove-gateway/templates", "The shipped templates.")}${tagged("/usr/share/doc/drove-gateway", "The documentation.")}.SH SEE ALSO
.BR gateway.toml (5),
.BR nginx (8),
.BR haproxy (1)
`;
}

/** gateway.toml(5). */
export function fileManPage({
  top,
  namespace,
}: {
  readonly top: readonly DocumentedKey[];
  readonly namespace: readonly DocumentedKey[];
}): string {
  const sections = [...Map.groupBy([...top, ...namespace], (key) => key.section)];
  const body = sections.map(([section, keys]) => `.SS ${roff(section)}\n${keys.map(entryOf).join("")}`);
  return `${header("GATEWAY.TOML", 5)}.SH NAME
gateway.toml \\- configuration of Drove Gateway
.SH DESCRIPTION
A TOML file. Keys match in any case. Each is also a variable of the environment:
.B DROVE_GATEWAY_
and the key in capitals, with lists separated by commas. Each Drove cluster has a
.B [[namespaces]]
table. Edits take effect by themselves; keys that need a restart say so in a warning.
.SH KEYS
${body.join("")}.SH SEE ALSO
.BR drove\\-gateway (1)
`;
}

function entryOf({ name, kind, fallback, text }: DocumentedKey): string {
  const shown = fallback instanceof Secret ? '""' : JSON.stringify(fallback);
  return tagged(`${name} (${kind}, ${fallback === undefined ? "required" : `default ${shown}`})`, text);
}

function header(name: string, section: number): string {
  return `.\\" Written by \`npm run docs\`.\n.TH ${name} ${section} "" "Drove Gateway"\n.nh\n`;
}

function tagged(tag: string, text: string): string {
  return `.TP\n.B ${roff(tag)}\n${roff(text.replaceAll("`", ""))}\n`;
}

/** A dash is a hyphen to roff, a leading dot or quote a request. */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll('"', "\\(dq")
    .replace(/^(?=[.'])/, "\\&");
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
