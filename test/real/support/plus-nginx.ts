/*
 * Takes the place of the nginx command of NGINX Plus: node plus-nginx.ts PORT ARGUMENT… asks the test what to say, see
 * plus-gateway.ts.
 */
const [port, ...args] = process.argv.slice(2);
const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: JSON.stringify(args) });
process.stderr.write(await response.text());
process.exitCode = response.ok ? 0 : 1;
