import type { NginxConfig } from '@breakwater/testing/services'

/** A header that says which instance answered. */
export const SERVED_BY = 'x-served-by'

/** Longer than two heartbeats of a WebSocket. */
const SILENCE_SECONDS = 75
/**
 * Connections to the instances that are kept while nobody needs them. As many as a burst takes: one that is made anew in the moment in
 * which an instance closes its port is lost.
 */
const KEPT = 1_024

/**
 * Puts nginx before the instances, in a way that hides nothing: no second try, and no instance that is left out for a failure.
 *
 * @param ports Where they listen, on 127.0.0.1.
 */
export function toNginxConfig(ports: readonly number[]): NginxConfig {
  const servers = ports.map((port) => `server 127.0.0.1:${port} max_fails=0;`).join(' ')
  return {
    http: `
  upstream task_servers { ${servers} keepalive ${KEPT}; }
  map $http_upgrade $connection_to_server { default upgrade; '' ''; }
  client_max_body_size 10m;`,
    server: `
    location / {
      proxy_pass http://task_servers;
      proxy_http_version 1.1;
      proxy_set_header Connection $connection_to_server;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_read_timeout ${SILENCE_SECONDS}s;
      proxy_next_upstream off;
      add_header ${SERVED_BY} $upstream_addr always;
    }`,
  }
}
