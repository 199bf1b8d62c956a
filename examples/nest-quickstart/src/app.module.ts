import { BreakwaterModule } from '@breakwater/nest'
import { Module } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { createFeatures } from './features.ts'
import { LiveGateway } from './live.gateway.ts'
import { NestLogger } from './nest-logger.ts'
import { ProblemFilter } from './problem.filter.ts'
import { ProductsController } from './products.controller.ts'
import { ProductsService } from './products.service.ts'
import { Settings, SettingsModule } from './settings.ts'
import { CATALOG, LOGGER, METRICS, PRODUCTS, SHUTDOWN, TRACING } from './tokens.ts'

@Module({
  imports: [
    SettingsModule,
    BreakwaterModule.forRootAsync({
      imports: [SettingsModule],
      inject: [Settings],
      tokens: [CATALOG, LOGGER, METRICS, PRODUCTS, SHUTDOWN, TRACING],
      useFactory: createFeatures,
    }),
  ],
  controllers: [ProductsController],
  providers: [ProductsService, LiveGateway, NestLogger, { provide: APP_FILTER, useClass: ProblemFilter }],
})
export class AppModule {}
