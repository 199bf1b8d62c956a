import { createApp } from './app.ts'
import { guardDatabase } from './database/guarded.ts'
import { migrate } from './database/migrate.ts'
import { openDatabase } from './database/open.ts'
import { readEnvironment } from './environment.ts'
import { listen } from './listen.ts'
import { createStop } from './stop.ts'

const stop = createStop()
try {
  const environment = readEnvironment(process.env)
  const database = guardDatabase(stop.add(await openDatabase(environment)))
  await migrate(database)
  const app = stop.add(await createApp(environment, database))
  await listen(app, environment, database)
} catch (error) {
  await stop.fail(error)
}
