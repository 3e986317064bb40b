import { expand } from '../schedules/recurrence/expand.ts';
import { parseRecurrence } from '../schedules/recurrence/parse.ts';
import { readExpanded, readHostile } from '../test/support/recurrence-fixtures.ts';

// Expands each hostile rule and prints what it cost, as JSON. A process of its own, so that memory is that of these rules:
// node --expose-gc bench/hostile-rules.ts

const costs = [
  ...readExpanded('rfc5545').map((entry) => ({ ...entry, isWarmUp: true })),
  ...readHostile(),
].flatMap(({ id, ics, after, count, ...rest }) => {
  globalThis.gc?.();
  const heldBefore = process.resourceUsage().maxRSS;
  const start = process.cpuUsage();
  try {
    expand(parseRecurrence(ics, { zone: 'UTC' }), { after: Date.parse(after) / 1000, count });
  } catch {
    // A refusal is an answer, too.
  }
  const { user, system } = process.cpuUsage(start);
  const megabytes = ((process.resourceUsage().maxRSS - heldBefore) * 1024) / 1e6;
  return 'isWarmUp' in rest ? [] : [{ id, ms: (user + system) / 1000, megabytes }];
});
process.stdout.write(JSON.stringify(costs));
