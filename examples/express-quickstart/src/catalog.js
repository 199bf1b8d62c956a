const { createServer } = require('node:http')

const PRODUCTS = { 1: 'Anchor', 2: 'Bollard', 3: 'Cleat' }

/** Stands in for the service that this one needs, so that there is nothing else to start. Yours replaces it: `CATALOG_URL`. */
function openCatalog(port) {
  const server = createServer(({ url }, response) => {
    const id = url.slice('/products/'.length)
    if (url === '/health') return response.end('healthy')
    if (!Object.hasOwn(PRODUCTS, id)) return response.writeHead(404).end()
    setTimeout(() => response.end(JSON.stringify({ id, name: PRODUCTS[id] })), 50)
  })
  server.listen(port, '127.0.0.1').unref()
  return `http://127.0.0.1:${port}`
}

module.exports = { openCatalog }
