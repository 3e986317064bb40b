/** What the demo learning site teaches: subject, chapter, quizzes; 40 of them. */
export const SUBJECTS: readonly (readonly [string, readonly (readonly [string, readonly string[]])[]])[] = [
  [
    'Mathematics',
    [
      ['Algebra', ['Linear equations', 'Quadratic equations', 'Inequalities', 'Sequences and series']],
      ['Geometry', ['Triangles and angles', 'Circles', 'Vectors in the plane']],
      ['Statistics', ['Mean, median, mode', 'Reading charts', 'Probability with dice']],
    ],
  ],
  [
    'Biology',
    [
      ['Cells', ['Parts of a cell', 'Cell division', 'Membranes and transport']],
      ['Genetics', ['Mendel’s peas', 'DNA and RNA', 'Inheritance of traits']],
      ['Ecology', ['Food webs', 'The carbon cycle']],
    ],
  ],
  [
    'History',
    [
      ['Ancient world', ['Athens and Sparta', 'The Roman Republic', 'Trade on the Silk Road']],
      ['Modern era', ['The printing press', 'The French Revolution', 'Steam and industry']],
    ],
  ],
  [
    'Computer science',
    [
      ['Programming', ['Loops and conditions', 'Lists and maps', 'Recursion', 'Reading error messages']],
      ['Networks', ['How the web works', 'Addresses and ports', 'Encryption basics']],
      ['Databases', ['Tables and keys', 'SELECT and JOIN', 'Transactions']],
    ],
  ],
  [
    'Languages',
    [
      ['Spanish', ['Everyday verbs', 'Past tenses', 'At the market']],
      ['German', ['Der, die, das', 'Word order']],
      ['English', ['Phrasal verbs']],
    ],
  ],
];

/** Zones of demo users who have chosen one; most have not. */
export const ZONES = [
  'Europe/Berlin',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'Australia/Sydney',
] as const;
