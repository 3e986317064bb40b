import { pick, pickWeighted, type Random, wholeNumber } from './random.ts';

/** An invented person. Addresses end in domains that are reserved for examples and can never receive mail. */
export interface Person {
  readonly name: string;
  /** As the person typed it: mostly canonical, sometimes with capitals or a stray space. */
  readonly email: string;
  /** ISO 3166 code, upper case. */
  readonly country: string;
}

interface Culture {
  readonly countries: readonly string[];
  readonly given: readonly string[];
  readonly family: readonly string[];
}

const words = (text: string): readonly string[] => text.split(' ');

/** Weight, then names. A name in another script brings its Latin spelling after a slash, for the address. */
const CULTURES: readonly (readonly [Culture, number])[] = [
  [
    {
      countries: ['GB', 'US', 'IE', 'AU', 'CA'],
      given: words(
        'Emma Oliver Grace Jack Chloe Harry Megan Samuel Ruby Ethan Holly Marcus Nora Dylan Iris Caleb',
      ),
      family: words(
        'Marlow Ashby Fenwick Harlow Pike Winslow Barrow Tindall Holt Kersey Lyle Stroud Wray Dunmore',
      ),
    },
    14,
  ],
  [
    {
      countries: ['DE', 'AT', 'CH'],
      given: words(
        'Lena Jonas Käthe Felix Mia Jürgen Sophie Björn Clara Lukas Änne Moritz Greta Till Heike Ruben',
      ),
      family: words(
        'Brandt Löffler Kühnel Vogt Straßer Engel Hübner Rademacher Sauer Wendt Jäger Thoma Krüger Lenz',
      ),
    },
    12,
  ],
  [
    {
      countries: ['ES', 'MX', 'AR', 'CO'],
      given: words(
        'Lucía Mateo Sofía Diego Valentina Andrés Camila Íñigo Elena Joaquín Ximena Raúl Paula Tomás Noelia',
      ),
      family: words(
        'Navarro Ibáñez Cordero Peña Salgado Luján Montoya Rivas Acuña Bravo Quintero Zamora Olmedo Vidal',
      ),
    },
    14,
  ],
  [
    {
      countries: ['FR', 'BE', 'MA'],
      given: words(
        'Camille Hugo Zoé Théo Inès Léo Manon Gaël Élodie Bastien Noémie Rémi Océane Yanis Maëlle Loïc',
      ),
      family: words(
        'Marchand Lefort Béranger Delcourt Garnier Huet Fauvel Roussel Picard Tessier Vasseur Girault',
      ),
    },
    9,
  ],
  [
    {
      countries: ['IT'],
      given: words(
        'Giulia Lorenzo Chiara Matteo Aurora Davide Elisa Nicolò Marta Pietro Ilaria Dario Serena Fabio',
      ),
      family: words(
        'Colombo Ferrante Galli Moretti Rinaldi Sartori Vitale Bellini Caputo Fontana Grasso Leone',
      ),
    },
    6,
  ],
  [
    {
      countries: ['BR', 'PT'],
      given: words(
        'João Beatriz Thiago Mariana Rafael Letícia Caio Inês Gustavo Larissa Vítor Conceição Davi Lívia',
      ),
      family: words(
        'Almeida Teixeira Gonçalves Moraes Brandão Siqueira Freitas Nogueira Sampaio Falcão Pinheiro',
      ),
    },
    8,
  ],
  [
    {
      countries: ['TR'],
      given: words(
        'Elif Emre Zeynep Burak Şeyma Kerem Ayşe Çağlar Defne Onur Işıl Mert Gül Serkan Ece Tolga',
      ),
      family: words('Yıldız Kılıç Özkan Şahin Aydın Doğan Korkmaz Çetin Güneş Polat Taş Ersoy Uçar Bulut'),
    },
    8,
  ],
  [
    {
      countries: ['PL', 'CZ', 'SK'],
      given: words(
        'Zofia Jakub Hanna Wojciech Łucja Tomáš Kateřina Ondřej Maja Szymon Eliška Marek Alžběta Piotr',
      ),
      family: words('Wrona Zięba Król Sowa Dąb Malík Beneš Šimek Pawlak Gajda Kos Růžička Urban Sobol Hájek'),
    },
    9,
  ],
  [
    {
      countries: ['UA', 'KZ', 'BG'],
      given: words(
        'Олена/Olena Андрій/Andrii Марія/Mariia Тарас/Taras Ірина/Iryna Богдан/Bohdan Дарина/Daryna Петър/Petar Айгуль/Aigul Тимур/Timur',
      ),
      family: words(
        'Коваль/Koval Мельник/Melnyk Бондар/Bondar Гнатюк/Hnatiuk Сорока/Soroka Левченко/Levchenko Димитров/Dimitrov Ахметов/Akhmetov Лисенко/Lysenko',
      ),
    },
    8,
  ],
  [
    {
      countries: ['IN', 'PK', 'BD'],
      given: words(
        'Aarav Priya Rohan Ananya Imran Kavya Arjun Sana Vikram Meera Farhan Nisha Dev Ayesha Rahul Tara',
      ),
      family: words(
        'Mehta Iyer Qureshi Banerjee Chowdhury Nair Kapoor Sheikh Joshi Rao Malhotra Das Bhat Ansari',
      ),
    },
    9,
  ],
  [
    {
      countries: ['AE', 'EG', 'JO', 'SA'],
      given: words(
        'Layla Omar Mariam Youssef Noor Khalid Hana Tariq Salma Karim Rania Ziad Amira Faisal Dina Bilal',
      ),
      family: words(
        'Haddad Mansour Nasser Khoury Saleh Darwish Aziz Farouk Hamdan Sabbagh Rahal Zayed Barakat',
      ),
    },
    7,
  ],
  [
    {
      countries: ['JP', 'KR', 'VN', 'CN'],
      given: words('Haruka Kenji Yuna Minjun Linh Duc Mei Wei Sora Jiho Thảo Minh Aoi Ren Seoyeon Quân'),
      family: words('Tanabe Kurosawa Seo Han Trần Phạm Lin Zhou Morita Hayashi Bae Võ Ueda Xu Nagai Đặng'),
    },
    6,
  ],
];

/** example.* and the reserved top-level domains of RFC 2606. */
const DOMAINS: readonly (readonly [string, number])[] = [
  ['example.com', 44],
  ['example.org', 18],
  ['example.net', 16],
  ['mail.example', 9],
  ['post.example', 5],
  ['university.example', 4],
  ['correo.example', 2],
  ['office.example.com', 2],
];

/** Invents `count` people with different addresses, not one of them in `taken` (canonical addresses). */
export function inventPeople({
  random,
  count,
  taken,
}: {
  random: Random;
  count: number;
  taken: Iterable<string>;
}): readonly Person[] {
  const used = new Set(taken);
  return Array.from({ length: count }, () => {
    const culture = pickWeighted(random, CULTURES);
    const given = spellings(pick(random, culture.given));
    const family = spellings(pick(random, culture.family));
    const domain = pickWeighted(random, DOMAINS);
    const wanted = localPart({ random, given: given.latin, family: family.latin });
    let address = `${wanted}@${domain}`;
    for (let more = 2; used.has(address); more += 1) address = `${wanted}${more}@${domain}`;
    used.add(address);
    return {
      name: `${given.own} ${family.own}`,
      email: asTyped({ random, address }),
      country: pick(random, culture.countries),
    };
  });
}

function spellings(name: string): { own: string; latin: string } {
  const [own = name, latin = own] = name.split('/');
  return { own, latin: toAscii(latin) };
}

const LETTERS_WITHOUT_DECOMPOSITION: Readonly<Record<string, string>> = {
  ß: 'ss',
  ł: 'l',
  đ: 'd',
  ı: 'i',
  ø: 'o',
  æ: 'ae',
};

function toAscii(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z]/g, (letter) => LETTERS_WITHOUT_DECOMPOSITION[letter] ?? '');
}

function localPart({ random, given, family }: { random: Random; given: string; family: string }): string {
  const year = wholeNumber(random, { least: 68, most: 108 }) % 100;
  const digits = String(year).padStart(2, '0');
  return pickWeighted(random, [
    [`${given}.${family}`, 34],
    [`${given}${family}`, 12],
    [`${given.slice(0, 1)}.${family}`, 12],
    [`${given}_${family}`, 8],
    [`${family}.${given}`, 6],
    [`${given}${digits}`, 14],
    [`${given}.${family}${digits}`, 12],
    [`${given}+tests`, 2],
  ]);
}

function asTyped({ random, address }: { random: Random; address: string }): string {
  const capital = address.slice(0, 1).toUpperCase() + address.slice(1);
  return pickWeighted(random, [
    [address, 952],
    [capital, 30],
    [address.toUpperCase(), 5],
    [`${address} `, 9],
    [` ${address}`, 4],
  ]);
}
