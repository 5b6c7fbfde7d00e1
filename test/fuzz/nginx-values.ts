import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkTagValue } from "../../agent/desired/names.ts";
import type { DroveApp } from "../../agent/model.ts";
import { freePorts } from "../image/support/free-ports.ts";
import { nginxPath } from "../real/support/proxy.ts";
import { hostileText } from "./hostile-text.ts";
import { compile, languages, makeFrom } from "./made.ts";
import { askAll, bytesOf } from "./pipeline.ts";
import { isOpen, whileRunning } from "./proxies.ts";
import { createRandom, type Random } from "./random.ts";
import { expectSame, type Fuzz } from "./result.ts";

/*
 * Values of tags in every place of nginx's configuration: bare, in a longer word, in quotes of both kinds, in a comment, as
 * a key of a map. nginx is asked what it has read: each value comes back in headers, byte by byte.
 */

const perBatch = 5000;

const contexts = ["bare", "part", "double", "single"] as const;

/** `@` stands for the printing of a value, `#` for that of an id. */
const location = `    location = /@vhost@ {
      # @id@ @value@
      add_header bare @value@ always;
      add_header part x@value@y always;
      add_header double "x @value@ y" always;
      add_header single 'x @value@ y' always;
      return 204;
    }`;

const shell = (open: string, folder: string, port: number) => `daemon off; master_process off;
pid "${folder}/pid"; error_log "${folder}/error.log" crit;
events { worker_connections 64; }
http {
  access_log off; keepalive_requests 1000000; server_tokens off; keepalive_timeout 600s;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((one) => `${one}_temp_path "${folder}/${one}";`).join(" ")}
  map_hash_bucket_size 4096; map_hash_max_size 65536;
  server {
    listen 127.0.0.1:${port};
${open}
  }
}
`;

const printed = {
  eta: (text: string) =>
    `<% for (const app of it.Vhosts) { %>\n${text
      .replaceAll("@vhost@", "<%= app.Vhost %>")
      .replaceAll("@id@", "<%= app.ID %>")
      .replaceAll("@value@", "<%= app.Tags.value %>")}\n<% } %>`,
  go: (text: string) =>
    `{{ range .Vhosts }}{{ $value := .Tags.value }}${text
      .replaceAll("@vhost@", "{{ .Vhost }}")
      .replaceAll("@id@", "{{ .ID }}")
      .replaceAll("@value@", "{{ $value }}")}\n{{ end }}`,
} as const;

/** Values of tags, and what real nginx reads of them. */
export const fuzzNginxValues: Fuzz = async ({ count, seed, folder }) => {
  const random = createRandom(seed);
  const details = { read: 0, "refused for $": 0, "tags refused": 0, "answers compared": 0 };
  const own = join(folder, "nginx-values");
  await mkdir(own, { recursive: true });
  let generated = 0;
  while (generated < count) {
    const language = random.pick(languages);
    const [port = 0, forbidden = 0] = await freePorts(2);
    const values = Array.from({ length: Math.min(perBatch, count - generated) }, () => valueFor(random, forbidden));
    generated += values.length;
    const tags = values.filter((value) => checkTagValue(value).ok);
    details["tags refused"] += values.length - tags.length;
    const fine = tags.filter((value) => !value.includes("$"));
    details["refused for $"] += tags.length - fine.length;
    refusesDollar(tags.filter((value) => value.includes("$")).slice(0, 20), language);
    const path = join(own, "nginx.conf");
    const apps = fine.map((value, at) => appOf(value, at));
    const template = compile(language, shell(printed[language](location), own, port));
    const { made, built } = makeFrom(apps, { settings: { nginx_config: path }, template, path });
    await writeFile(path, made.file.text);
    const served = built.value.vhosts;
    await whileRunning([nginxPath, "-c", path, "-p", own], {
      port,
      async use() {
        if (await isOpen(forbidden)) throw new Error("a value has made nginx listen");
        const heard = await askAll(
          port,
          served.map((vhost) => ({ host: "x", path: `/${vhost.name}` })),
        );
        for (const [at, { tags }] of served.entries()) {
          const value = bytesOf((tags["value"] ?? "").toWellFormed());
          const expected = { bare: value, part: `x${value}y`, double: `x ${value} y`, single: `x ${value} y` };
          for (const context of contexts)
            expectSame(
              heard[at]?.headers.get(context),
              expected[context],
              `${language} ${context} of ${JSON.stringify(tags)}`,
            );
          details["answers compared"] += contexts.length;
        }
        expectSame((await askAll(port, [{ host: "x", path: "/none" }]))[0]?.status, 404, "what is not there");
      },
    });
    details.read += served.length;
  }
  return { generated, details };
};

/** Never empty, as an empty word is none; the template that prints one means something else then. */
function valueFor(random: Random, forbidden: number): string {
  const text = hostileText(random).replaceAll("listen 1", `listen 127.0.0.1:${forbidden}`);
  return text === "" ? "x" : text;
}

function appOf(value: string, at: number): DroveApp {
  return { appName: "a", appId: `${value}-${at}`, vhost: `v${at}.test`, tags: { value }, hosts: [] };
}

function refusesDollar(values: readonly string[], language: "eta" | "go"): void {
  const template = compile(language, printed[language]("add_header x @value@;"));
  for (const value of values) {
    const apps = [appOf(value, 0)];
    try {
      const { made } = makeFrom(apps, { settings: {}, template, path: "/x/nginx.conf" });
      throw new Error(`${JSON.stringify(value)} was written: ${made.file.text}`);
    } catch (error) {
      if (!String(error).includes('has "$"')) throw error;
    }
  }
}
