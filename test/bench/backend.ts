import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts, makeFolder, stopNginx } from "./processes.ts";

/** Instances that answer as fast as can be: an nginx with several listeners. */
export async function startBackend(
  count: number,
): Promise<{ readonly ports: readonly number[]; readonly stop: () => Promise<void> }> {
  const folder = makeFolder();
  const ports = await freePorts(count);
  const pidFile = join(folder.path, "nginx.pid");
  const file = join(folder.path, "nginx.conf");
  const listen = ports.map((port) => `listen 127.0.0.1:${port};`).join(" ");
  const text = `worker_processes 1; pid ${pidFile}; error_log ${join(folder.path, "error.log")};
events { worker_connections 8192; }
http {
  access_log off; keepalive_timeout 75s; keepalive_requests 1000000000;
  client_body_temp_path ${folder.path}; proxy_temp_path ${folder.path}; fastcgi_temp_path ${folder.path}; uwsgi_temp_path ${folder.path}; scgi_temp_path ${folder.path};
  server { ${listen} location / { return 200 "ok\\n"; } }
}
`;
  writeFileSync(file, text);
  execFileSync("nginx", ["-c", file], { stdio: "ignore" });
  return {
    ports,
    async stop() {
      await stopNginx(pidFile);
      folder.dispose();
    },
  };
}
