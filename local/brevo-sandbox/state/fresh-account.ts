import type { Attribute, Folder, Sender } from './records.ts';

/** What a new Brevo account holds before anybody touched it. */
export const FRESH_FOLDER: Folder = { id: 1, name: 'Your first folder' };

export const FRESH_SENDER: Sender = { id: 1, name: 'Sluice sandbox', email: 'hello@sandbox.example' };

export const FRESH_ATTRIBUTES: readonly Attribute[] = [
  { name: 'LASTNAME', category: 'normal', type: 'text' },
  { name: 'FIRSTNAME', category: 'normal', type: 'text' },
  { name: 'SMS', category: 'normal', type: 'text' },
  { name: 'EXT_ID', category: 'normal', type: 'text' },
  {
    name: 'DOUBLE_OPT-IN',
    category: 'category',
    type: 'category',
    enumeration: [
      { value: 1, label: 'Yes' },
      { value: 2, label: 'No' },
    ],
  },
  { name: 'BLACKLIST', category: 'global', calculatedValue: 'COUNT[BLACKLISTED,BLACKLISTED,<,NOW()]' },
];
