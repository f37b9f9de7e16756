/** A value of an XML property list; dates and data stay text. */
export type Plist = string | number | boolean | readonly Plist[] | { readonly [key: string]: Plist }

const TOKEN = /<(\/?)(dict|array|key|string|integer|real|true|false|date|data)\s*(\/?)>|([^<]+)/g
const ENTITY: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const DEEPEST = 32

const decode = (text: string): string =>
  text.replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return ENTITY[name] ?? all
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : all
  })

/**
 * An XML property list as macOS' own programs write it.
 * @returns undefined for anything else
 * @source plist(5), PropertyList-1.0.dtd
 */
export function parsePlist(text: string): Plist | undefined {
  const body = /<plist[^>]*>([\s\S]*)<\/plist>/.exec(text)?.[1]
  if (body === undefined) return undefined
  const tokens = [...body.matchAll(TOKEN)].filter(([all]) => all.trim() !== '')
  let at = 0
  const textUntilEnd = (name: string): string => {
    let found = ''
    for (let token = tokens[at]; token !== undefined && token[2] !== name; token = tokens[at]) {
      found += token[4] ?? ''
      at += 1
    }
    at += 1
    return decode(found)
  }
  const value = (depth: number): Plist | undefined => {
    const [, isEnd, name = '', isEmpty] = tokens[at] ?? []
    if (depth > DEEPEST || isEnd !== '') return undefined
    at += 1
    if (name === 'true' || name === 'false') return name === 'true'
    if (name === 'dict') return isEmpty === '/' ? {} : dict(depth)
    if (name === 'array') return isEmpty === '/' ? [] : array(depth)
    const inner = isEmpty === '/' ? '' : textUntilEnd(name)
    return name === 'integer' || name === 'real' ? Number(inner) : inner
  }
  const array = (depth: number): Plist => {
    const items: Plist[] = []
    for (let item = value(depth + 1); item !== undefined; item = value(depth + 1)) items.push(item)
    at += 1
    return items
  }
  const dict = (depth: number): Plist => {
    const entries: [string, Plist][] = []
    for (let key = value(depth + 1); key !== undefined; key = value(depth + 1)) {
      const of = value(depth + 1)
      if (typeof key === 'string' && of !== undefined) entries.push([key, of])
    }
    at += 1
    return Object.fromEntries(entries)
  }
  return value(0)
}
