/** A template as a user may have it: nothing in it tells the generation. The lines go into its `http` block. */
export function plainTemplate(...lines: readonly string[]): string {
  return `pid <%= it.NginxPid %>;
error_log <%= it.NginxErrorLog %>;
events {}
http {
  access_log off;
  <% for (const kind of ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]) { %>
  <%= kind %>_temp_path <%= it.NginxTempDir %>/<%= kind %>;
  <% } %>
  ${lines.join("\n  ")}
  <% for (const app of Object.values(it.Apps)) { %>
  upstream <%= app.Vhost %> {
    <% for (const host of app.Hosts) { %>
    server <%= host.Address %>:<%= host.Port %>;
    <% } %>
  }
  server {
    listen <%= it.ProxyPort %>;
    server_name <%= app.Vhost %>;
    location / { proxy_pass http://<%= app.Vhost %>; }
  }
  <% } %>
}
`;
}
