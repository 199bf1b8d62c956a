import type { Database, Statement } from './database.ts'

const IDENTITY: Statement = { name: 'identity', text: 'select id from database_identity', isRepeatable: true }

/**
 * Reads what no other database has, whatever the name or address by which it is reached.
 *
 * @param database Which one. Its tables are there already.
 */
export async function readIdentity(database: Database): Promise<string> {
  const [row] = await database.query<{ id: string }>(IDENTITY)
  if (row === undefined) throw new Error('Expected `database_identity` to have a row, got none')
  return row.id
}
