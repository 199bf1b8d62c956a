// What every adapter has to show, over a real connection.
import assert from 'node:assert/strict'

/** Hooks that note what they see, with one that refuses `/refused`, and an endpoint. */
export function features() {
  const ended = []
  const observer = {
    onHead: (exchange) => exchange.setHeader('x-observed', exchange.path),
    onEnd: ({ method, route, status, outcome }) => ended.push(`${method} ${route} ${status} ${outcome}`),
  }
  const gate = {
    onStart: ({ path }) =>
      path === '/refused' ? { status: 503, headers: { 'retry-after': '1' }, body: 'busy' } : undefined,
  }
  return {
    ended,
    hooks: [observer, gate],
    endpoints: { '/livez': () => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'alive' }) },
  }
}

/** Asks for all three, and sees that the hooks saw them. */
export async function converse(origin, ended) {
  assert.deepEqual(await ask(`${origin}/livez?x=1`), [200, 'alive', '/livez'])
  assert.deepEqual(await ask(`${origin}/refused`), [503, 'busy', '/refused'])
  assert.deepEqual(await ask(`${origin}/hello`), [200, 'hello', '/hello'])
  for (let waits = 0; ended.length < 3 && waits < 100; waits++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(ended.length, 3, `hooks saw the end of ${ended.join(', ')}`)
  assert.equal(ended[0], 'GET /livez 200 finished')
}

async function ask(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  return [response.status, await response.text(), response.headers.get('x-observed')]
}
