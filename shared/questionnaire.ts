/** The questions of RFC 4177 section 7 in short, and the titles of their groups. */

export const QUESTION_GROUPS: Readonly<Record<string, string>> = {
  '7.1': 'Identity and locators',
  '7.2': 'When it changes',
  '7.3': 'Which locators it takes',
  '7.4': 'How it changes',
  '7.5': 'What is left',
}

export const QUESTIONS: Readonly<Record<string, string>> = {
  '7.1.a': 'What stands for this host in its transport?',
  '7.1.b': 'What stands for the peer?',
  '7.1.c': 'What does the application use for itself?',
  '7.1.d': 'When is the session bound to them?',
  '7.1.e': 'How is it found out that the peer can do it, and what if not?',
  '7.1.f': 'How do the locators become known?',
  '7.1.g': 'How is one of them chosen?',
  '7.1.h': 'Does the exit match the source address?',
  '7.2.a': 'How careful is a change decided?',
  '7.2.b': 'Do sessions change together or one by one?',
  '7.2.c': 'What made it change?',
  '7.2.d': 'Who noticed: the ends or the network?',
  '7.2.e': 'Which direction had failed?',
  '7.3.a': 'What told the chosen local locator from the others?',
  '7.3.b': 'What told the chosen remote locator from the others?',
  '7.3.c': 'Does another exit mean another locator?',
  '7.3.d': 'Can locators be added later?',
  '7.4.a': 'What must hold before the change?',
  '7.4.b': 'Do both ends confirm it?',
  '7.4.c': 'What does the transport notice?',
  '7.5.a': 'When does the state go?',
  '7.5.b': 'What is kept for later sessions?',
}
