import type { Backend } from "../model.ts";

/** A HAProxy config taken apart: what only a reload can change, and the servers that come and go without one. */
export interface ConfigShape {
  /** Every line that means something, but for the servers below. */
  readonly fixed: string;
  /** What follows the address of each server, by `backend/name`. */
  readonly servers: ReadonlyMap<string, string>;
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
 * mean nothing, but those of a `DROVE-FILE` block are the lines of a file that belongs to the config.
 */
export function shapeOf(text: string, managed: Managed): ConfigShape {
  const fixed: string[] = [];
  const servers = new Map<string, string>();
  const backends = new Set<string>();
  let section = "";
  let isManaged = false;
  let inFile = false;
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line === "") continue;
    if (line.startsWith("#")) {
      if (line.startsWith("#DROVE-FILE-")) inFile = line.startsWith("#DROVE-FILE-BEGIN");
      else if (!inFile) continue;
    } else if (isManaged && /^server\s/.test(line)) {
      const [, name = "", , ...attributes] = line.split(/\s+/);
      if (name.startsWith(managed.serverPrefix)) {
        servers.set(`${section}/${name}`, attributes.join(" "));
        continue;
      }
    } else if (startsSection(line)) {
      const [kind = "", name = ""] = line.split(/\s+/, 2);
      section = name;
      const holdsServers = kind === "backend" || kind === "listen";
      if (holdsServers) backends.add(name);
      isManaged = holdsServers && managed.backends.has(name);
    }
    fixed.push(line);
  }
  return { fixed: fixed.join("\n"), servers, backends };
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
  const known = new Set(before.servers.values());
  const otherAttributes: string[] = [];
  let onlyKnownAttributes = true;
  for (const [server, attributes] of after.servers) {
    const former = before.servers.get(server);
    if (former !== undefined && former !== attributes) otherAttributes.push(server);
    if (!known.has(attributes)) onlyKnownAttributes = false;
  }
  return { sameFixed: before.fixed === after.fixed, otherAttributes, onlyKnownAttributes };
}
