import assert from "node:assert/strict";
import { test } from "node:test";
import { isWrapper } from "../../../agent/apply/nginx.ts";
import { nginxSettings } from "../../../agent/apply/nginx-settings.ts";
import { configOf } from "../render/fixtures.ts";

test("settings come from the configuration, times in ms", () => {
  const config = configOf({
    nginx_config: "/etc/x.conf",
    nginx_cmd: "docker exec nginx nginx",
    nginx_ignore_check: true,
    nginx_status_address: "[::1]:6009",
    nginx_check_timeout_sec: 7,
    disk_io_timeout_sec: 0.5,
  });
  assert.deepEqual(nginxSettings(config), {
    configFile: "/etc/x.conf",
    command: ["docker", "exec", "nginx", "nginx"],
    ignoreCheck: true,
    statusAddress: { host: "::1", port: 6009 },
    checkTimeoutMs: 7000,
    diskTimeoutMs: 500,
  });
});

test("a command that is not nginx itself is a wrapper", () => {
  for (const word of ["nginx", "/usr/sbin/nginx", "/opt/openresty/bin/openresty", "angie", "nginx-debug"])
    assert.equal(isWrapper([word]), false, word);
  for (const command of [["docker", "exec", "nginx", "nginx"], ["sudo", "nginx"], ["/opt/my-nginx"], []])
    assert.equal(isWrapper(command), true, command.join(" "));
});
