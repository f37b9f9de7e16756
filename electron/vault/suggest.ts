import { randomInt } from 'node:crypto'

/** The EFF's long list: 7,776 words, five throws of a die each. */
const LIST_WORDS = 7776

/** Random words to write on paper: five are 64 bits. The list is read when first asked for, as the keeper starts without it. */
export async function suggestPassphrase(
  words = 5,
  random: (below: number) => number = (below) => randomInt(below),
): Promise<{ readonly passphrase: string; readonly bits: number }> {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  const list = dictionary['diceware-common']
  if (new Set(list).size !== LIST_WORDS) throw new Error(`the word list has ${list.length} words instead of ${LIST_WORDS}`)
  const picked = Array.from({ length: words }, () => list[random(list.length)] ?? '')
  return { passphrase: picked.join('-'), bits: Math.floor(words * Math.log2(LIST_WORDS)) }
}
