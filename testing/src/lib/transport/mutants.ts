import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { HttpExchange, HttpHook, HttpReply } from '@breakwater/core'
import type { Faults } from './reference.ts'

/** An adapter that does one thing wrong. */
export interface Mutant {
  /** What it does wrong. */
  readonly name: string
  /** How. */
  readonly faults: Faults
  /** Beginnings of the names of cases that must notice. */
  readonly noticedBy: readonly string[]
}

/** Mistakes that adapters make. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'ends hooks where a response finished only',
    faults: disturbed((all) => ({
      onEnd: (exchange, slot) => exchange.outcome === 'finished' && all.onEnd(exchange, slot),
    })),
    noticedBy: ['aborts: a reset before the handler answers', 'errors: a handler that streams and fails', 'battery:'],
  },
  {
    name: 'ends hooks first to last',
    faults: disturbed((all, hooks) => ({
      onEnd: (exchange) => hooks.slice(0, all.started(exchange)).map((hook, slot) => hook.onEnd?.(exchange, slot)),
    })),
    noticedBy: ['order: start, around', 'gate: a reply ends'],
  },
  {
    name: 'ends hooks twice where the client goes',
    faults: disturbed((all) => ({
      onEnd(exchange, slot) {
        all.onEnd(exchange, slot)
        if (exchange.outcome === 'aborted') all.onEnd(exchange, slot)
      },
    })),
    noticedBy: ['aborts: a close during a download', 'aborts: a reset during an upload', 'battery:'],
  },
  {
    name: 'ends hooks that were not started',
    faults: disturbed((_all, hooks) => ({
      onEnd: (exchange) => hooks.map((hook, slot) => hook.onEnd?.(exchange, slot)),
    })),
    noticedBy: ['gate: a reply ends'],
  },
  {
    name: 'ends hooks when the head goes out',
    faults: disturbed((all) => ({
      onHead(exchange, slot) {
        all.onHead(exchange, slot)
        all.onEnd(exchange, slot)
      },
      onEnd: () => {},
    })),
    noticedBy: ['streaming: the head is told', 'streaming: a response that its client does not take'],
  },
  {
    name: 'tells the head when all is over',
    faults: disturbed((all) => ({
      onHead: () => {},
      onEnd(exchange, slot) {
        all.onHead(exchange, slot)
        all.onEnd(exchange, slot)
      },
    })),
    noticedBy: ['streaming: the head is told', 'order: headers can be set', 'heads: a head that goes out by end'],
  },
  {
    name: 'asks all hooks although one replied',
    faults: disturbed((_all, hooks) => ({
      onStart(exchange) {
        const replies = hooks.map((hook, slot) => hook.onStart?.(exchange, slot))
        return replies.find((reply) => reply !== undefined)
      },
    })),
    noticedBy: ['gate: a reply ends'],
  },
  {
    name: 'ignores replies',
    faults: disturbed((all) => ({ onStart: (exchange, slot) => void all.onStart(exchange, slot) })),
    noticedBy: ['gate: a reply ends', 'gate: the first reply wins', 'pipelining: a slow answer'],
  },
  {
    name: 'gives every hook the same slot',
    faults: disturbed((_all, hooks) => ({
      onStart: (exchange) => void hooks.map((hook) => hook.onStart?.(exchange, 0)),
      onEnd: (exchange) => void hooks.map((hook) => hook.onEnd?.(exchange, 0)),
    })),
    noticedBy: ['order: each function', 'order: notes of two'],
  },
  {
    name: 'reads the status when the request starts',
    faults: viewed((exchange) => ({ status: exchange.status })),
    noticedBy: [
      'routes: what no route matches',
      'errors: a handler that rejects',
      'gate: a reply ends',
      'heads: a head that goes out by end',
    ],
  },
  {
    name: 'reads the route when the request starts',
    faults: viewed((exchange) => ({ route: exchange.route })),
    noticedBy: ['routes: GET /plain is', 'routes: GET /api/v1'],
  },
  {
    name: 'gives the path with its query',
    faults: viewed((exchange) => ({ path: `${exchange.path}?` })),
    noticedBy: ['order: an exchange tells', 'routes: GET /plain is'],
  },
  {
    name: 'takes the path for the route',
    faults: viewed(({ path }) => ({ route: path })),
    noticedBy: ['routes: GET /api/tasks/7', 'routes: what no route matches', 'routes: /%zz'],
  },
  {
    name: 'calls every end finished',
    faults: disturbed((all) => ({
      onEnd: (exchange, slot) => all.onEnd(Object.create(exchange, { outcome: { value: 'finished' } }), slot),
    })),
    noticedBy: [
      'aborts: a close before the handler answers',
      'errors: a handler that streams',
      'aborts: a connection that this side',
    ],
  },
  {
    name: 'goes on outside of what hooks put around',
    faults: {
      enter(_request, enter, next) {
        enter(() => {})
        next()
      },
    },
    noticedBy: ['context: a handler is inside', 'context: an endpoint', 'context: fifty requests'],
  },
  {
    name: 'leaves its context to the connection',
    faults: { enter: enterAsBefore() },
    noticedBy: ['context: nothing is left', 'context: it holds after', 'context: fifty requests'],
  },
  {
    name: 'lets a hook that throws stop the others',
    faults: disturbed(() => ({})),
    noticedBy: ['faulty hooks: where onStart throws', 'faulty hooks: where onEnd throws'],
  },
  {
    name: 'goes on twice',
    faults: {
      enter(_request, enter, next) {
        enter(next)
        next()
      },
    },
    noticedBy: ['faulty hooks: where around goes on twice', 'order: start, around'],
  },
  {
    name: 'asks for pieces as fast as it can',
    faults: { send: sendUnlimited },
    noticedBy: ['streaming: the pieces of a reply from a gate', 'streaming: the pieces of a reply from an endpoint'],
  },
  {
    name: 'counts characters, not bytes',
    faults: {
      send(response, { status, headers = {}, body }) {
        const length = typeof body === 'string' ? { 'content-length': String(body.length) } : {}
        response.writeHead(status, { ...headers, ...length })
        response.end(typeof body === 'string' || body instanceof Uint8Array ? body : undefined)
      },
    },
    noticedBy: [
      'gate: a reply with text of several bytes',
      'endpoints: a reply with text of several',
      'gate: a reply in a hundred',
    ],
  },
  {
    name: 'says what went wrong',
    faults: { sendError: (response, error) => void response.writeHead(500).end(String(error)) },
    noticedBy: ['errors: a handler that throws at once', 'endpoints: one that rejects'],
  },
  {
    name: 'answers errors with 200',
    faults: { sendError: (response) => void response.end() },
    noticedBy: ['errors: a handler that throws at once', 'endpoints: one that throws'],
  },
  {
    name: 'listens for upgrades',
    faults: {
      prepare: (server) => void server.on('upgrade', (_request: IncomingMessage, socket: Socket) => socket.destroy()),
    },
    noticedBy: ['upgrades: where nobody listens'],
  },
  {
    name: 'listens for errors of clients',
    faults: { prepare: (server) => void server.on('clientError', (_error: Error, socket: Socket) => socket.destroy()) },
    noticedBy: ['server hooks: what is not HTTP', 'server hooks: too long a head'],
  },
]

interface Conductor extends Required<HttpHook> {
  /** How many hooks had their turn. */
  started(exchange: HttpExchange): number
}

/** One hook that does for many what the runner does, but for isolation, so that single parts of it can be replaced. */
function conduct(hooks: readonly HttpHook[]): Conductor {
  const counts = new WeakMap<HttpExchange, number>()
  const started = (exchange: HttpExchange) => counts.get(exchange) ?? 0
  return {
    started,
    onStart(exchange) {
      for (const [slot, hook] of hooks.entries()) {
        counts.set(exchange, slot + 1)
        const reply = hook.onStart?.(exchange, slot)
        if (reply !== undefined) return reply
      }
      return undefined
    },
    around(exchange, next) {
      const run = hooks.reduceRight<() => void>((inner, hook, slot) => {
        const { around } = hook
        return around === undefined ? inner : () => around.call(hook, exchange, inner, slot)
      }, next)
      run()
    },
    onHead(exchange) {
      for (const [slot, hook] of hooks.slice(0, started(exchange)).entries()) hook.onHead?.(exchange, slot)
    },
    onEnd(exchange) {
      for (let slot = started(exchange) - 1; slot >= 0; slot--) hooks[slot]?.onEnd?.(exchange, slot)
    },
  }
}

type Part = { readonly [name in keyof HttpHook]?: (...args: Parameters<Required<HttpHook>[name]>) => unknown }

function disturbed(part: (all: Conductor, hooks: readonly HttpHook[]) => Part): Faults {
  return {
    disturb(hooks) {
      const all = conduct(hooks)
      return [{ ...all, ...(part(all, hooks) as HttpHook) }]
    },
  }
}

/** Shows hooks another exchange, with some of its values as they were when it started. */
function viewed(view: (exchange: HttpExchange) => Partial<HttpExchange>): Faults {
  return {
    disturb(hooks) {
      const all = conduct(hooks)
      const views = new WeakMap<HttpExchange, HttpExchange>()
      const show = (exchange: HttpExchange): HttpExchange => {
        const known = views.get(exchange)
        if (known !== undefined) return known
        const values = view(exchange)
        const shown = new Proxy(exchange, {
          get: (_, name) => {
            const value = name in values ? values[name as keyof typeof values] : Reflect.get(exchange, name, exchange)
            return typeof value === 'function' ? value.bind(exchange) : value
          },
        })
        views.set(exchange, shown)
        return shown
      }
      return [
        {
          onStart: (exchange, slot): HttpReply | undefined => all.onStart(show(exchange), slot),
          around: (exchange, next, slot) => all.around(show(exchange), next, slot),
          onHead: (exchange, slot) => all.onHead(show(exchange), slot),
          onEnd: (exchange, slot) => all.onEnd(show(exchange), slot),
        },
      ]
    },
  }
}

/** What a connection's first request was put into holds for all of its requests, as with `enterWith`. */
function enterAsBefore(): Faults['enter'] {
  const contexts = new WeakMap<Socket, ReturnType<typeof AsyncLocalStorage.snapshot>>()
  return ({ socket }, enter, next) => {
    const known = contexts.get(socket)
    if (known !== undefined) known(() => enter(next))
    else
      enter(() => {
        contexts.set(socket, AsyncLocalStorage.snapshot())
        next()
      })
  }
}

async function sendUnlimited(...[response, { status, body }]: Parameters<NonNullable<Faults['send']>>): Promise<void> {
  response.statusCode = status
  for await (const piece of body as AsyncIterable<Uint8Array>) response.write(piece)
  response.end()
}
