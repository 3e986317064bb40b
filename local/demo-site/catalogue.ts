import type { CertificateTestRow, LanguageRow, TestRow } from './rows.ts';

/** What the demo site offers. Ids below 300 belong to the edge cases, which are part of every demo site. */

export const LANGUAGES: readonly LanguageRow[] = [
  { Id: 1, Name: 'English', Code: 'en' },
  { Id: 2, Name: 'German', Code: 'de' },
  { Id: 3, Name: 'Spanish', Code: 'es' },
  { Id: 4, Name: 'French', Code: 'fr' },
  { Id: 5, Name: 'Italian', Code: 'it' },
  { Id: 6, Name: 'Portuguese', Code: 'pt' },
  { Id: 7, Name: 'Turkish', Code: 'tr' },
  { Id: 8, Name: 'Arabic', Code: 'ar' },
];

export const CERTIFICATE_TESTS: readonly CertificateTestRow[] = [
  { id: 1, type: 1, name: 'Language certificate', price: 19 },
  { id: 2, type: 2, name: 'IQ certificate', price: 14 },
  { id: 3, type: 3, name: 'Gift voucher', price: 25 },
  { id: 4, type: null, name: 'Draft', price: 0 },
  { id: 5, type: 1, name: 'Language certificate, printed', price: 34 },
  { id: 6, type: 2, name: 'Typing certificate', price: 9 },
];

/** Tests beyond those of the edge cases. */
export const TESTS: readonly TestRow[] = [
  { Id: 301, LangId: 1, Name: 'English grammar', Questions: 40 },
  { Id: 302, LangId: 1, Name: 'Business English', Questions: 35 },
  { Id: 303, LangId: 1, Name: 'English listening', Questions: 25 },
  { Id: 304, LangId: 2, Name: 'German grammar', Questions: 40 },
  { Id: 305, LangId: 2, Name: 'Business German', Questions: 30 },
  { Id: 306, LangId: 3, Name: 'Spanish grammar', Questions: 40 },
  { Id: 307, LangId: 4, Name: 'French level test', Questions: 50 },
  { Id: 308, LangId: 4, Name: 'French grammar', Questions: 40 },
  { Id: 309, LangId: 5, Name: 'Italian level test', Questions: 50 },
  { Id: 310, LangId: 6, Name: 'Portuguese level test', Questions: 50 },
  { Id: 311, LangId: 7, Name: 'Turkish level test', Questions: 45 },
  { Id: 312, LangId: 8, Name: 'Arabic level test', Questions: 45 },
  { Id: 313, LangId: 8, Name: 'Arabic for beginners', Questions: 20 },
  { Id: 320, LangId: 0, Name: 'Typing speed', Questions: 1 },
  { Id: 321, LangId: 0, Name: 'Memory test', Questions: 24 },
  { Id: 322, LangId: null, Name: 'Logic puzzles', Questions: 30 },
  { Id: 323, LangId: null, Name: 'Spreadsheet skills', Questions: 30 },
  { Id: 324, LangId: 0, Name: 'Attention test', Questions: 60 },
];

/** How often each test is taken, relative to the others of its class. Level tests lead, English leads the level tests. */
export const POPULARITY = {
  language: [
    [101, 30],
    [301, 9],
    [302, 6],
    [303, 4],
    [102, 13],
    [304, 4],
    [305, 2],
    [103, 10],
    [306, 3],
    [307, 8],
    [308, 2],
    [309, 4],
    [310, 3],
    [311, 3],
    [312, 2],
    [313, 1],
  ],
  non_language: [
    [201, 20],
    [320, 9],
    [321, 4],
    [322, 5],
    [323, 4],
    [324, 2],
  ],
} as const;

/** Certificates on sale for each class of test. */
export const CERTIFICATES = {
  language: [
    [1, 4],
    [5, 1],
  ],
  non_language: [
    [2, 3],
    [6, 2],
  ],
} as const;
