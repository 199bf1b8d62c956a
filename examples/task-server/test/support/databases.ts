import type { Database } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { openPglite } from '../../src/database/pglite.ts'
import { copyCluster } from './cluster.ts'
import { createFolder } from './folders.ts'

/** Opens an embedded database that has its tables. */
export async function openEmbedded(): Promise<Database> {
  const directory = await createFolder()
  await copyCluster(directory)
  const database = await openPglite(directory)
  await migrate(database)
  return database
}
