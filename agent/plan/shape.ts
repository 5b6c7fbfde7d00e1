import type { Backend } from "../model.ts";

/** A HAProxy config taken apart: what only a reload can change, and the servers that come and go without one. */
export interface ConfigShape {
  /** Every line that means something, but for the servers below. */
  readonly fixed: string;
  /** What follows the address of each server, by `backend/name`. Made when asked for: it is seldom needed. */
  readonly servers: () => ReadonlyMap<string, string>;
  /** The values in it, each once. */
  readonly attributes: ReadonlySet<string>;
  readonly backends: ReadonlySet<string>;
}

/** Which servers are ours to add and remove at run time. */
export interface Managed {
  readonly backends: ReadonlySet<string>;
  /** What the names of our servers begin with. */
  readonly serverPrefix: string;
}

/** The backends that change at run time, and how our servers are told from others. */
export function managedBy(backends: readonly Backend[], serverPrefix: string): Managed {
  const names = backends.filter((backend) => backend.changesAtRuntime).map((backend) => backend.name);
  return { backends: new Set(names), serverPrefix };
}

const sections = new Set(
  (
    "global defaults frontend backend listen peers resolvers mailers userlist program http-errors ring cache " +
    "fcgi-app log-forward log-profile crt-store traces acme"
  ).split(" "),
);

/**
 * Takes a config apart, line by line: HAProxy's grammar has no more structure than sections and their lines. Comments
 * mean nothing, but those of a `DROVE-FILE` block are the lines of a file that belongs to the config. Of most lines
 * nothing is copied: a cluster has 10,000 servers or more, and this is done for each change.
 */
export function shapeOf(text: string, managed: Managed): ConfigShape {
  const fixed: string[] = [];
  const found: ServerLine[] = [];
  const backends = new Set<string>();
  let section = "";
  let isManaged = false;
  let inFile = false;
  for (let start = 0, to = 0; start < text.length; start = to + 1) {
    to = text.indexOf("\n", start);
    if (to < 0) to = text.length;
    const from = wordAt(text, start, to);
    if (from === to) continue;
    if (isManaged && text.startsWith("server", from)) {
      const name = wordAt(text, from + "server".length, to);
      if (name > from + "server".length && text.startsWith(managed.serverPrefix, name)) {
        found.push({ section, name, to });
        continue;
      }
    }
    const line = text.slice(from, to).trimEnd();
    if (line.startsWith("#")) {
      if (line.startsWith("#DROVE-FILE-")) inFile = line.startsWith("#DROVE-FILE-BEGIN");
      else if (!inFile) continue;
    } else if (startsSection(line)) {
      const [kind = "", name = ""] = line.split(/\s+/, 2);
      section = name;
      const holdsServers = kind === "backend" || kind === "listen";
      if (holdsServers) backends.add(name);
      isManaged = holdsServers && managed.backends.has(name);
    }
    fixed.push(line);
  }
  return {
    fixed: fixed.join("\n"),
    servers: () => new Map(found.map((one) => [keyOf(text, one), attributesOf(text, one)])),
    attributes: new Set(found.map((one) => attributesOf(text, one))),
    backends,
  };
}

/** Where one of our servers is: from its name to the end of its line. */
interface ServerLine {
  readonly section: string;
  readonly name: number;
  readonly to: number;
}

function keyOf(text: string, { section, name, to }: ServerLine): string {
  return `${section}/${text.slice(name, blankAt(text, name, to))}`;
}

function attributesOf(text: string, { name, to }: ServerLine): string {
  const address = wordAt(text, blankAt(text, name, to), to);
  const attributes = wordAt(text, blankAt(text, address, to), to);
  return attributes === to ? "" : text.slice(attributes, to).trimEnd().replaceAll(/\s+/g, " ");
}

/** The next character that is no blank. */
function wordAt(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) <= 32) at += 1;
  return at;
}

/** The next blank. */
function blankAt(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) > 32) at += 1;
  return at;
}

function startsSection(line: string): boolean {
  const end = line.search(/\s/);
  return sections.has(end < 0 ? line : line.slice(0, end));
}

/** How far two configs are the same to a running HAProxy that has the one and should have the other. */
export interface ShapeDifference {
  readonly sameFixed: boolean;
  /** Servers that both have, with other attributes: nothing but a reload changes those. */
  readonly otherAttributes: readonly string[];
  /** True if each new server has attributes that the old config has too, so that HAProxy is known to take them. */
  readonly onlyKnownAttributes: boolean;
}

/** Compares what HAProxy has with what it should have. */
export function compareShapes(before: ConfigShape, after: ConfigShape): ShapeDifference {
  const onlyKnownAttributes = [...after.attributes].every((one) => before.attributes.has(one));
  const allTheSame = onlyKnownAttributes && before.attributes.size <= 1;
  return {
    sameFixed: before.fixed === after.fixed,
    otherAttributes: allTheSame ? [] : attributesChanged(before.servers(), after.servers()),
    onlyKnownAttributes,
  };
}

function attributesChanged(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  return [...after]
    .filter(([server, attributes]) => (before.get(server) ?? attributes) !== attributes)
    .map(([server]) => server);
}
