import type { Metrics } from '@breakwater/metrics'
import { InjectToken } from '@breakwater/nest'
import type { Shutdown } from '@breakwater/shutdown'
import {
  MessageBody,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
  type WsResponse,
} from '@nestjs/websockets'
import type { WebSocketServer } from 'ws'
import type { Product } from './catalog.ts'
import { ProductsService } from './products.service.ts'
import { METRICS, SHUTDOWN } from './tokens.ts'

/** Answers `{ "event": "find", "data": "1" }` with `{ "event": "product", "data": { … } }`. */
@WebSocketGateway({ path: '/live' })
export class LiveGateway implements OnGatewayInit<WebSocketServer> {
  constructor(
    private readonly products: ProductsService,
    @InjectToken(METRICS) private readonly metrics: Metrics,
    @InjectToken(SHUTDOWN) private readonly shutdown: Shutdown,
  ) {}

  afterInit(server: WebSocketServer): void {
    this.metrics.watchWebSockets(server)
    this.shutdown.serve(server) // when the process stops, its clients are told to go
  }

  @SubscribeMessage('find')
  async find(@MessageBody() id: unknown): Promise<WsResponse<Product | null>> {
    if (typeof id !== 'string') throw new WsException('Expected `data` to be the id of a product')
    return { event: 'product', data: await this.products.find(id) }
  }
}
