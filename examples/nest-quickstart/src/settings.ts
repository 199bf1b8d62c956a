import { Injectable, Module } from '@nestjs/common'
import { openCatalog } from './catalog.ts'

/** What the process is told by its environment. */
@Injectable()
export class Settings {
  readonly port = Number(process.env.PORT ?? 3_000)
  readonly host = process.env.HOST ?? '127.0.0.1'
  readonly catalogUrl = process.env.CATALOG_URL ?? openCatalog(3_001)
  readonly otlpEndpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT
}

@Module({ providers: [Settings], exports: [Settings] })
export class SettingsModule {}
