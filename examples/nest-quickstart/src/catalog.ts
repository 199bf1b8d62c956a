import { createServer } from 'node:http'

export interface Product {
  readonly id: string
  readonly name: string
}

const PRODUCTS: Readonly<Record<string, string>> = { 1: 'Anchor', 2: 'Bollard', 3: 'Cleat' }

/** Stands in for the service that this one needs, so that there is nothing else to start. Yours replaces it: `CATALOG_URL`. */
export function openCatalog(port: number): string {
  const server = createServer(({ url = '' }, response) => {
    const id = url.slice('/products/'.length)
    if (url === '/health') return void response.end('healthy')
    if (!Object.hasOwn(PRODUCTS, id)) return void response.writeHead(404).end()
    setTimeout(() => response.end(JSON.stringify({ id, name: PRODUCTS[id] })), 50)
  })
  server.listen(port, '127.0.0.1').unref()
  return `http://127.0.0.1:${port}`
}
