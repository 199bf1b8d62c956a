import manifest from '../package.json' with { type: 'json' }
import type { Routes } from './http/methods.ts'

/** What this server is and serves. */
export interface About {
  readonly name: string
  readonly description: string
  readonly version: string
  /** The methods of each path. */
  readonly routes: Routes
}

/** Version of this server. */
export const VERSION: string = manifest.version

/**
 * Says what this server is.
 *
 * @param routes What it serves.
 */
export function createAbout(routes: Routes): About {
  const { name, description, version } = manifest
  return { name, description, version, routes }
}
