import 'reflect-metadata'
import { BreakwaterModule } from '@breakwater/nest'
import { Controller, type DynamicModule, Get } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import type { LoadGroup } from '../../src/load/subject.ts'
import { answer } from '../hooks/task.ts'
import { toGroup } from './group.ts'

class TasksController {
  show(): unknown {
    return answer
  }
}
// Node runs these sources as they are, and knows no decorators.
const show = Object.getOwnPropertyDescriptor(TasksController.prototype, 'show') as PropertyDescriptor
Get('tasks/:id')(TasksController.prototype, 'show', show)
Controller()(TasksController)

/** What everything adds to Nest. */
export const onNest: LoadGroup = toGroup({
  id: 'nest',
  title: 'Everything on Nest',
  about: 'The same on Nest 12 and its platform for Fastify, mounted by `BreakwaterModule` of `@breakwater/nest`.',
  floor: 'Nest',
  async serve(everything) {
    const root: DynamicModule = {
      module: class AppModule {},
      imports: everything === undefined ? [] : [BreakwaterModule.forRoot(everything)],
      controllers: [TasksController],
    }
    const options = { logger: false, abortOnError: false } as const
    const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(), options)
    await app.init()
    await app.getHttpAdapter().getInstance().ready()
    return app.getHttpServer()
  },
})
