import { closeOnShutdown } from '@breakwater/nest'
import { NestFactory } from '@nestjs/core'
import { WsAdapter } from '@nestjs/platform-ws'
import { AppModule } from './app.module.ts'
import { NestLogger } from './nest-logger.ts'
import { Settings } from './settings.ts'

const app = await NestFactory.create(AppModule, { bufferLogs: true })
app.useLogger(app.get(NestLogger))
app.useWebSocketAdapter(new WsAdapter(app))
closeOnShutdown(app) // in place of app.enableShutdownHooks()

const { port, host } = app.get(Settings)
await app.listen(port, host)
app.get(NestLogger).log(`listening on ${await app.getUrl()}`)
