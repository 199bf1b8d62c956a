import { registerHooks } from 'node:module'

// Has sources and tests outside this folder use the Nest that is installed here.
registerHooks({
  resolve(specifier, context, nextResolve) {
    const isOurs = specifier.startsWith('@nestjs/') && !context.parentURL?.includes('/node_modules/')
    return nextResolve(specifier, isOurs ? { ...context, parentURL: import.meta.url } : context)
  },
})
