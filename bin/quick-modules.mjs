// Takes the CommonJS build of drizzle-orm instead of its 200 ES modules, which cost every process half a second of CPU.
// Both builds are the package's own; all of a process sees the same one. To be imported before anything else.
import { registerHooks } from 'node:module';

const PACKAGE = /^drizzle-orm(?:\/|$)/;

registerHooks({
  resolve(specifier, context, next) {
    if (!PACKAGE.test(specifier)) return next(specifier, context);
    const conditions = context.conditions.map((one) => (one === 'import' ? 'require' : one));
    return next(specifier, { ...context, conditions });
  },
});
