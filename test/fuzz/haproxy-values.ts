import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { haproxyCli, sendOver } from "../../agent/apply/haproxy-cli.ts";
import { checkTagValue } from "../../agent/desired/names.ts";
import { eventually } from "../image/support/eventually.ts";
import { freePorts } from "../image/support/free-ports.ts";
import { haproxyVersions } from "../real/support/haproxy-versions.ts";
import { hostileText } from "./hostile-text.ts";
import { compile, languages, makeFrom } from "./made.ts";
import { askAll, bytesOf } from "./pipeline.ts";
import { isOpen, whileRunning } from "./proxies.ts";
import { createRandom } from "./random.ts";
import { expectSame, type Fuzz } from "./result.ts";

/*
 * Values of tags in every place of HAProxy's configuration. `setenv` takes any word, and `show env` tells what came of
 * each; formats come back in headers of answers.
 */

const perBatch = 4000;
/** HAProxy goes through the rules of a frontend one by one. */
const formatsPerBatch = 200;

const words = `  # @id@ @value@
  setenv bare_@vhost@ @value@
  setenv part_@vhost@ x@value@y
  setenv double_@vhost@ "x @value@ y"
  setenv single_@vhost@ 'x @value@ y'`;
const format = `  http-request return status 200 hdr bare @value@ hdr double "x @value@ y" hdr single 'x @value@ y' if { path /@vhost@ }`;

const printed = {
  eta: (text: string, least: number) =>
    `<% for (const app of it.Vhosts.slice(0, ${least})) { %>\n${text
      .replaceAll("@vhost@", "<%= app.Vhost %>")
      .replaceAll("@id@", "<%= app.ID %>")
      .replaceAll("@value@", "<%= app.Tags.value %>")}\n<% } %>`,
  go: (text: string, least: number) =>
    `{{ range slice .Vhosts 0 ${least} }}{{ $value := .Tags.value }}${text
      .replaceAll("@vhost@", "{{ .Vhost }}")
      .replaceAll("@id@", "{{ .ID }}")
      .replaceAll("@value@", "{{ $value }}")}\n{{ end }}`,
} as const;

/** Values of tags, and what real HAProxy reads of them. */
export const fuzzHaproxyValues: Fuzz = async ({ count, seed, folder }) => {
  const random = createRandom(seed);
  const details = { read: 0, "tags refused": 0, "words compared": 0, "formats compared": 0 };
  const own = join(folder, "haproxy-values");
  await mkdir(own, { recursive: true });
  let generated = 0;
  for (let batch = 0; generated < count; batch += 1) {
    const language = random.pick(languages);
    const [port = 0, forbidden = 0] = await freePorts(2);
    const values = Array.from({ length: Math.min(perBatch, count - generated) }, () => {
      // A word that ends or begins a condition is refused as a whole, see unit tests.
      const text = hostileText(random).replaceAll("listen 1", `bind 127.0.0.1:${forbidden}`);
      return text === "{" || text === "}" || text === "" ? "x" : text;
    });
    generated += values.length;
    const apps = values
      .filter((value) => checkTagValue(value).ok)
      .map((value, at) => ({ appName: "a", appId: `a-${at}`, vhost: `v${at}.test`, tags: { value }, hosts: [] }));
    details["tags refused"] += values.length - apps.length;
    const cli = join(own, `cli-${batch}`);
    const path = join(own, "haproxy.cfg");
    const text = `global
  stats socket ${cli} level admin
  tune.bufsize 65536
${printed[language](words, apps.length)}
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 60s
frontend f
  bind 127.0.0.1:${port}
${printed[language](format, Math.min(formatsPerBatch, apps.length))}
`;
    const settings = { proxy_platform: "haproxy", haproxy_config: path };
    const { made, built } = makeFrom(apps, { settings, template: compile(language, text), path });
    await writeFile(path, made.file.text);
    const { vhosts } = built.value;
    const version = haproxyVersions[batch % haproxyVersions.length];
    await whileRunning([version?.program ?? "haproxy", "-db", "-f", path], {
      port,
      async use() {
        if (await isOpen(forbidden)) throw new Error("a value has made HAProxy listen");
        const send = sendOver(haproxyCli(cli));
        const options = { signal: AbortSignal.timeout(120_000), timeoutMs: 120_000 };
        const [env = "", stat = ""] = await eventually("HAProxy answers", async () => {
          const replies = await send(["show env", "show stat -1 7 -1"], options).catch(() => undefined);
          return replies?.map((reply) => reply.text);
        });
        const names = stat.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
        expectSame(names.map((line) => line.split(",")[0]).join(" "), "f", "the proxies that HAProxy has");
        const known = new Map(
          env.split("\n").map((line) => {
            const at = line.indexOf("=");
            return [line.slice(0, at), line.slice(at + 1)] as const;
          }),
        );
        for (const { name, tags } of vhosts) {
          const value = (tags["value"] ?? "").toWellFormed();
          const expected = { bare: value, part: `x${value}y`, double: `x ${value} y`, single: `x ${value} y` };
          for (const [context, wanted] of Object.entries(expected))
            expectSame(known.get(`${context}_${name}`), wanted, `${language} ${context} of ${JSON.stringify(tags)}`);
          details["words compared"] += 4;
        }
        const asked = vhosts.slice(0, formatsPerBatch);
        const heard = await askAll(
          port,
          asked.map(({ name }) => ({ host: "x", path: `/${name}` })),
        );
        for (const [at, { tags }] of asked.entries()) {
          const value = bytesOf((tags["value"] ?? "").toWellFormed());
          const expected = { bare: value, double: `x ${value} y`, single: `x ${value} y` };
          for (const [context, wanted] of Object.entries(expected))
            expectSame(
              heard[at]?.headers.get(context),
              wanted,
              `${language} format ${context} of ${JSON.stringify(tags)}`,
            );
          details["formats compared"] += 3;
        }
      },
    });
    details.read += vhosts.length;
  }
  return { generated, details };
};
