import { register } from 'node:module';

// The conformance package is written for Node 22 and imports `globSync` of `fs`, which its `server` command does not call. Where
// Node has none, it gets one that nothing calls.
const shim = `export * from 'node:fs'; export { default } from 'node:fs'; export const globSync = undefined;`;
const asModule = (source) => `data:text/javascript,${encodeURIComponent(source)}`;
register(
  asModule(`export const resolve = (specifier, context, next) =>
  specifier === 'fs' && context.parentURL?.includes('/@modelcontextprotocol/conformance/')
    ? { url: ${JSON.stringify(asModule(shim))}, shortCircuit: true }
    : next(specifier, context);`),
);
