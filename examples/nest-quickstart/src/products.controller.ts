import type { Logger } from '@breakwater/logger'
import { InjectToken } from '@breakwater/nest'
import { Controller, Get, NotFoundException, Param } from '@nestjs/common'
import type { Product } from './catalog.ts'
import { ProductsService } from './products.service.ts'
import { LOGGER } from './tokens.ts'

@Controller('products')
export class ProductsController {
  constructor(
    private readonly products: ProductsService,
    @InjectToken(LOGGER) private readonly logger: Logger,
  ) {}

  @Get(':id')
  async show(@Param('id') id: string): Promise<Product> {
    const product = await this.products.find(id)
    if (product === null) throw new NotFoundException()
    this.logger.info({ product: product.id }, 'product shown') // with the ids of its request and trace
    return product
  }
}
