/** What a package may carry from outside this repository. */
type Room = readonly string[]

/**
 * The house, ground floor first. A package may import, from this repository, only what is on lower floors, and from
 * elsewhere only what stands beside its name. A room has its place here before it is built.
 */
export const FLOORS: readonly Readonly<Record<string, Room>>[] = [
  { core: [] },
  { cache: ['lru-cache'], health: [], monitor: [], resilience: [], shutdown: [] },
  {
    alerting: [],
    express: [],
    fastify: ['fastify'],
    logger: ['pino'],
    metrics: ['prom-client'],
    tracing: ['@opentelemetry/api'],
  },
  { nest: ['@nestjs/common', '@nestjs/core'] },
]

/** `core` is the room that rots, so it alone has a limit of its own. */
export const CORE_LIMIT = { files: 10, codeLines: 800 } as const

/** No source file is longer, not counting blank lines and comments. */
export const FILE_LIMIT = 300

/** What stands in every package's folder. */
export const REQUIRED_FILES: readonly string[] = [
  'README.md',
  'LICENSE',
  'tsconfig.json',
  'tsup.config.ts',
  'api.d.ts',
  'src/index.ts',
]

/** -1 if a room is on no floor. */
export function floorOf(room: string): number {
  return FLOORS.findIndex((floor) => Object.hasOwn(floor, room))
}

/** The third-party packages that a room may carry. */
export function allowedIn(room: string): Room {
  return FLOORS[floorOf(room)]?.[room] ?? []
}
