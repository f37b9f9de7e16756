/** A sentence of the keeper with its full stop: some come without, to stand in a list. */
export const closed = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)
