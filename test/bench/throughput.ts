import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { startCluster } from "../fake/drove-cluster.ts";
import { exposedApp, exposedHost } from "../fake/exposed-app.ts";
import { startBackend } from "./backend.ts";
import { type Figure, median } from "./figures.ts";
import {
  type Layout,
  makeFolder,
  makeLayout,
  startAgent,
  startNginx,
  stopChild,
  stopNginx,
  until,
} from "./processes.ts";
import { runWrk } from "./wrk.ts";

const rounds = 5;

/** Requests per second through the default template, against one without upstream keep-alive and one written by hand. */
export async function benchThroughput(nginx: string): Promise<readonly Figure[]> {
  const folder = makeFolder();
  const backend = await startBackend(3);
  const cluster = await startCluster({
    apps: [exposedApp({ name: "load", hosts: backend.ports.map((port) => exposedHost(port)) })],
  });
  const layout = await makeLayout(folder.path, { controllers: cluster.urls, nginx });
  const agent = startAgent(layout);
  await until(() => existsSync(layout.configFile), { what: "first configuration", withinMs: 30_000 });
  await stopChild(agent);
  const ours = readFileSync(layout.configFile, "utf8");
  const texts = { ours, closing: withoutKeepAlive(ours), byHand: writtenByHand(layout, backend.ports) };
  const seen = { ours: [] as number[], closing: [] as number[], byHand: [] as number[] };
  try {
    for (let round = 0; round < rounds; round++) {
      for (const kind of ["ours", "closing", "byHand"] as const) {
        seen[kind].push(await measure(layout, { nginx, text: texts[kind] }));
      }
    }
  } finally {
    await cluster.stop();
    await backend.stop();
    folder.dispose();
  }
  const rate = {
    name: "requests per second, default template",
    unit: "/s",
    ours: median(seen.ours),
    sense: "at-least",
  } as const;
  return [
    { ...rate, name: `${rate.name}, against no upstream keep-alive`, floor: median(seen.closing), limit: 1.5 },
    { ...rate, name: `${rate.name}, against a hand-written file`, floor: median(seen.byHand), limit: 0.95 },
  ];
}

async function measure(
  layout: Layout,
  { nginx, text }: { readonly nginx: string; readonly text: string },
): Promise<number> {
  writeFileSync(layout.configFile, text);
  startNginx(nginx, layout.configFile);
  const load = { port: layout.proxyPort, host: "load.test", connections: 50, keepAlive: true };
  await runWrk({ ...load, seconds: 1 });
  const { perSecond, lost } = await runWrk({ ...load, seconds: 4 });
  await stopNginx(layout.pidFile);
  if (lost > 0) throw new Error(`${lost} requests lost in the throughput bench`);
  return perSecond;
}

/** What a template says that asks the instances to close every connection. */
function withoutKeepAlive(text: string): string {
  return text
    .replaceAll(/^ *keepalive(_timeout|_requests)? \S+;\n(?= *(keepalive|\}))/gm, "")
    .replace('"" ""; }', '"" close; }')
    .replaceAll(/^ {4}keepalive.*\n/gm, "");
}

/** What somebody would write who knows the instances: it does the same for a request, WebSockets and headers included. */
function writtenByHand(layout: Layout, ports: readonly number[]): string {
  const { folder } = layout;
  return `worker_processes auto; pid ${layout.pidFile}; error_log ${folder}/error.log;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 10000; tcp_nopush on;
  map $http_upgrade $connection_upgrade { default upgrade; "" ""; }
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  upstream load { ${ports.map((port) => `server 127.0.0.1:${port};`).join(" ")} keepalive 48; }
  server { listen ${layout.proxyPort}; server_name load.test;
    add_header X-Proxy gateway always;
    location / {
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_pass http://load;
    }
  }
}
`;
}
