/** Drops the databases of `DATABASE_URL` whose names begin with the argument. Run by a guard. */
import { Client } from 'pg'

const [, , prefix = ''] = process.argv
if (!prefix.startsWith('breakwater_test_')) throw new Error(`Refusing to drop databases called "${prefix}..."`)

const client = new Client({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 5_000 })
await client.connect()
const { rows } = await client.query<{ datname: string }>(
  'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
  [`${prefix}_`],
)
for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS "${datname}" WITH (FORCE)`)
await client.end()
