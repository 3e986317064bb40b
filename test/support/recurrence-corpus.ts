import { calendar, cron, every, rrule, type When } from '../../schedules/define.ts';

/** UTC and six zones with other habits: an hour, half an hour, Ramadan, none and 45 minutes off, changes at midnight. */
export const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'America/Santiago',
] as const;

/** Every recurrence that the first users named. */
const NAMED: readonly When[] = [
  ...[
    '0 8 * * *',
    '0 * * * *',
    '0 9 * * *',
    '0 9 * * 1',
    '0 0 1 * *',
    '*/15 * * * *',
    '0 8 * * 1-5',
    '0 */6 * * *',
  ].map(cron),
  ...(['30s', '5m', '1h', '6h', '1d', '1w'] as const).map((span) => every(span)),
  ...[
    'FREQ=WEEKLY;BYDAY=MO,WE,FR;BYHOUR=9',
    'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
    'FREQ=MONTHLY;BYDAY=1MO',
    'FREQ=MONTHLY;BYMONTHDAY=-1',
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU',
    'FREQ=MONTHLY;INTERVAL=3',
    'FREQ=HOURLY;BYHOUR=9,10,11,12,13,14,15,16,17;BYDAY=MO,TU,WE,TH,FR',
    'FREQ=WEEKLY;BYDAY=MO;BYHOUR=9',
    'FREQ=DAILY;BYHOUR=2;BYMINUTE=30',
  ].map(rrule),
];

/** Day patterns; each is tried at several hours. */
const DAYS = [
  'FREQ=DAILY',
  'FREQ=DAILY;INTERVAL=2',
  'FREQ=DAILY;INTERVAL=10;BYMONTH=1,3,10,11',
  'FREQ=WEEKLY;BYDAY=SU',
  'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE;WKST=SU',
  'FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,FR',
  'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYMONTH=3,4,10,11',
  'FREQ=MONTHLY;BYDAY=-1SU',
  'FREQ=MONTHLY;BYDAY=1SU,3SU',
  'FREQ=MONTHLY;BYDAY=2SA,-1FR;BYMONTH=1,2,3,9,10,11',
  'FREQ=MONTHLY;BYMONTHDAY=31',
  'FREQ=MONTHLY;BYMONTHDAY=1,15,-1',
  'FREQ=MONTHLY;BYMONTHDAY=-2;INTERVAL=2',
  'FREQ=MONTHLY;INTERVAL=5;BYDAY=MO',
  'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1',
  'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
  'FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=2,-2',
  'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13',
  'FREQ=YEARLY',
  'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29',
  'FREQ=YEARLY;BYDAY=20MO,-1SU',
  'FREQ=YEARLY;BYWEEKNO=1,20,53;BYDAY=MO',
  'FREQ=YEARLY;BYYEARDAY=1,100,-1',
  'FREQ=YEARLY;BYMONTH=3,10,11;BYDAY=-1SU',
  'FREQ=YEARLY;INTERVAL=2;BYMONTH=3,11;BYDAY=2SU',
  'FREQ=YEARLY;BYDAY=MO,TU;BYSETPOS=3,-3',
] as const;

const HOURS = ['BYHOUR=9;BYMINUTE=0', 'BYHOUR=0,2;BYMINUTE=30', 'BYHOUR=1,3;BYMINUTE=0,45'] as const;

/** Rules below a day, with ends, with exceptions, several in one; cron and calendars. */
const OTHERS: readonly When[] = [
  ...[
    'FREQ=HOURLY',
    'FREQ=HOURLY;INTERVAL=6;BYMINUTE=15',
    'FREQ=HOURLY;INTERVAL=5',
    'FREQ=HOURLY;INTERVAL=7;BYDAY=MO,SU;BYMINUTE=0,30',
    'FREQ=MINUTELY;INTERVAL=30',
    'FREQ=MINUTELY;INTERVAL=90;BYMONTH=3,10',
    'FREQ=MINUTELY;INTERVAL=45;BYHOUR=1,2,3;BYMONTHDAY=-1,1,2,25',
    'FREQ=SECONDLY;INTERVAL=1800;BYDAY=SU',
    'DTSTART:20260101T090000\nRRULE:FREQ=DAILY;COUNT=400',
    'DTSTART:20260101T023000\nRRULE:FREQ=DAILY;INTERVAL=3;COUNT=300',
    'DTSTART:20260301T013000\nRRULE:FREQ=WEEKLY;BYDAY=SU;UNTIL=20271231T235959',
    'DTSTART:20260101T090000\nRRULE:FREQ=DAILY\nEXDATE:20261225T090000,20270101T090000\nRDATE:20261224T180000',
    'DTSTART:20260101T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO\nRRULE:FREQ=MONTHLY;BYMONTHDAY=1\nEXRULE:FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1',
    'DTSTART:20260101T020000\nRRULE:FREQ=DAILY;BYHOUR=2,14\nEXDATE:20270328T020000\nRDATE:20271031T021500',
    'RDATE:20261224T180000,20261231T235959,20270328T023000',
    'DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH',
    'DTSTART:20270201T090000\nRRULE:FREQ=DAILY',
  ].map(rrule),
  ...['30 2 * * 0', '0,30 0-3 * * *', '15 1 1-7 * *', '0 0 29 2 *', '0 12 * 1-3,10 mon-fri/2'].map(cron),
  calendar({ hour: { start: 0, end: 23, step: 8 }, dayOfWeek: ['MONDAY', 'SUNDAY'] }),
  calendar({ hour: 2, minute: 30, year: [2026, 2027], month: ['MARCH', 'OCTOBER', 'NOVEMBER'] }),
];

/** Over a hundred recurrences; each is held in every zone. */
export const CORPUS: readonly When[] = [
  ...NAMED,
  ...DAYS.flatMap((days) => HOURS.map((hours) => rrule(`${days};${hours}`))),
  ...OTHERS,
];
