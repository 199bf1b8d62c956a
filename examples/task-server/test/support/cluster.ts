import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { takeDataDirectory } from '../../src/database/data-directory.ts'
import { openPglite } from '../../src/database/pglite.ts'

const HERE = join(import.meta.dirname, '..', '..')

/** Made once and copied, as it takes seconds. Kept between runs, until what makes it changes. */
const TEMPLATE = join(HERE, 'node_modules', '.cache', `cluster-${fingerprint()}`)

/**
 * Makes a data directory with an empty embedded database in it.
 *
 * @param directory Where.
 */
export async function copyCluster(directory: string): Promise<void> {
  for (;;) {
    const giveUp = tryTo(() => takeDataDirectory(TEMPLATE))
    if (giveUp === undefined) await sleep(100)
    else if (existsSync(join(TEMPLATE, 'postgres'))) {
      cpSync(join(TEMPLATE, 'postgres'), join(directory, 'postgres'), { recursive: true })
      return giveUp()
    } else {
      giveUp()
      // As if a process had been killed while it made one: it must be in nobody's way.
      mkdirSync(join(TEMPLATE, 'postgres.new', 'base'), { recursive: true })
      writeFileSync(join(TEMPLATE, 'postgres.new', 'PG_VERSION'), 'half\n')
      await openPglite(TEMPLATE).then(
        (database) => database.close(),
        () => undefined,
      )
    }
  }
}

function tryTo<result>(run: () => result): result | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}

function fingerprint(): string {
  const hash = createHash('sha256')
  for (const file of ['package.json', 'src/database/pglite.ts', 'src/database/durable-fs.ts']) {
    hash.update(readFileSync(join(HERE, file)))
  }
  return hash.digest('hex').slice(0, 12)
}
