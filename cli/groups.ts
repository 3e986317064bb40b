import type { Command } from 'commander';

/**
 * The commands in the order of the help. Each is loaded when it is asked for: together they are most of the program, and
 * one of them is used.
 */
const GROUPS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./up.ts')).upCommand(),
  down: async () => (await import('./down.ts')).downCommand(),
  worker: async () => (await import('./worker.ts')).workerCommand(),
  migrate: async () => (await import('./migrate.ts')).migrateCommand(),
  run: async () => (await import('./run.ts')).runCommand(),
  conversions: async () => (await import('./conversions.ts')).conversionsCommand(),
  quarantine: async () => (await import('./quarantine.ts')).quarantineCommand(),
  entries: async () => (await import('./entries.ts')).entriesCommand(),
  gateway: async () => (await import('./gateway.ts')).gatewayCommand(),
  events: async () => (await import('./events.ts')).eventsCommand(),
  journeys: async () => (await import('./journeys.ts')).journeysCommand(),
  campaigns: async () => (await import('./campaigns.ts')).campaignsCommand(),
  leads: async () => (await import('./leads.ts')).leadsCommand(),
  'send-test-email': async () => (await import('./send-test-email.ts')).sendTestEmailCommand(),
  report: async () => (await import('./report.ts')).reportCommand(),
  messages: async () => (await import('./messages.ts')).messagesCommand(),
  templates: async () => (await import('./templates.ts')).templatesCommand(),
  contacts: async () => (await import('./contacts/index.ts')).contactsCommand(),
  codec: async () => (await import('./codec.ts')).codecCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  schedules: async () => (await import('./schedules/index.ts')).schedulesCommand(),
  recurrence: async () => (await import('./recurrence.ts')).recurrenceCommand(),
  brevo: async () => (await import('./brevo.ts')).brevoCommand(),
};

/** The command that the arguments name first; all of them for the help, and where none is named. */
export async function commandsFor(args: readonly string[]): Promise<readonly Command[]> {
  const named = args.find((arg) => !arg.startsWith('-'));
  const load = named === undefined || !Object.hasOwn(GROUPS, named) ? undefined : GROUPS[named];
  if (load !== undefined) return [await load()];
  return Promise.all(Object.values(GROUPS).map((one) => one()));
}
