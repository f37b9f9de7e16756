import type { PlanCheck, PlanRisk } from '../../../shared/domain/operation.ts'
import { bytes as sizeOf, plural } from '../../../shared/domain/words.ts'
import { MAINNET_POETS } from '../../programs/index.ts'
import { isSupervised, type FolderFacts } from '../facts/folder-facts.ts'
import { MAINNET_GENESIS } from '../facts/genesis-id.ts'
import { configChecks } from './merge-configs.ts'
import { called, idsOf, movingOf, toolFor, type MergeFacts } from './merge-facts.ts'
import { mergeNames } from './merge-names.ts'
import { bansKnown, registeredAt } from './merge-refusals-network.ts'
import { neededBytes } from './merge-refusals.ts'
import type { MergeRows } from './merge-rows.ts'
import { listed } from './plan-parts.ts'

/** What may go wrong, and what is worth knowing. `draftOf` puts the worst first. */
export function mergeRisks(facts: MergeFacts, rows: MergeRows): readonly PlanRisk[] {
  return [...setRisks(facts), ...twiceRisks(facts), ...costs(facts, rows), ...notes(facts, rows)]
}

function setRisks(facts: MergeFacts): readonly PlanRisk[] {
  const there = new Set([...idsOf(facts.target), ...movingOf(facts)])
  return bansKnown(facts).sets.flatMap((set) => {
    const mine = set.filter((id) => there.has(id))
    const elsewhere = set.filter((id) => !there.has(id))
    if (mine.length === 0) return []
    const names = listed(mine.map((id) => called(facts, id)))
    const text =
      elsewhere.length === 0
        ? `${names} are one equivocation set: a mistake with one of these keys bans ${plural(set.length, 'identity', 'identities')}.`
        : `${names} ${mine.length === 1 ? 'shares' : 'share'} an equivocation set with ${listed(elsewhere.map((id) => called(facts, id)))}, which ${elsewhere.length === 1 ? 'stays' : 'stay'} elsewhere: a mistake with any of these keys bans all ${set.length}. Only one program may publish for the set.`
    return [{ grade: 'ban', text }]
  })
}

function twiceRisks({ sources }: MergeFacts): readonly PlanRisk[] {
  return sources.map(({ name }) => ({
    grade: 'ban',
    text: `${name} must never start again with these keys. Two live copies mean a permanent ban, so they are taken out before they are placed. A copy on another machine stays your task.`,
  }))
}

const nodesOf = ({ target, sources }: MergeFacts): readonly FolderFacts[] => [target, ...sources]

function costs(facts: MergeFacts, { replaced }: MergeRows): readonly PlanRisk[] {
  const { target, sources } = facts
  const risks: PlanRisk[] = []
  const { coinbase, postListener } = target.values
  for (const { name, values } of sources)
    if (coinbase !== undefined && values.coinbase !== undefined && values.coinbase !== coinbase)
      risks.push({
        grade: 'cost',
        text: `Rewards of ${name}’s identities go to the coinbase of ${target.name} from then on: ${coinbase} instead of ${values.coinbase}.`,
      })
  if (target.config.is === 'read' && coinbase === undefined)
    risks.push({ grade: 'cost', text: `The config of ${target.name} names no coinbase: its node takes no services before it does.` })
  const isFixed = postListener !== undefined && /:[1-9]\d*$/.test(postListener)
  if (target.config.is === 'read' && !isFixed && !isSupervised(target))
    risks.push({
      grade: 'cost',
      text: `${target.name} listens for services at another port after every start. Set api.grpc-post-listener in ${target.config.file} to a fixed address, for example 127.0.0.1:9094.`,
    })
  if (replaced.length > 0)
    risks.push({
      grade: 'cost',
      text: `${target.name} has rows of ${listed(replaced.map((id) => called(facts, id)))} without ${replaced.length === 1 ? 'its key' : 'their keys'}: they give way to those that come with the keys, and stay in the snapshot.`,
    })
  if (target.place.is === 'absent')
    risks.push({
      grade: 'cost',
      text: `${target.dataFolder} is new: its node first has to download and check the chain. A copy of state.sql from a node of the same release spares that.`,
    })
  return [...risks, ...oldRegistrations(facts)]
}

/** @source facts/node-config-and-cli.md §10: a registration made by a node below 1.8 is worthless from epoch 45 on */
function oldRegistrations({ sources }: MergeFacts): readonly PlanRisk[] {
  const on = sources.filter(
    (one) => one.genesis.is === 'known' && one.genesis.id === MAINNET_GENESIS && one.database.is === 'read' && registeredAt(one).length > 0,
  )
  if (on.length === 0) return []
  return [
    {
      grade: 'cost',
      text: `${listed(on.map(({ name }) => name))} ${on.length === 1 ? 'has' : 'have'} registrations. If they were made by a node below v1.8.0, they are worth nothing to a newer one, and their epoch is lost.`,
    },
  ]
}

function notes(facts: MergeFacts, { keyless }: MergeRows): readonly PlanRisk[] {
  const { target, sources } = facts
  const risks: PlanRisk[] = []
  const note = (text: string): void => void risks.push({ grade: 'note', text })
  const renamed = mergeNames(facts).keys.filter((key) => key.renamed === 'name-taken')
  for (const { identity, from, to } of renamed)
    note(`${target.name} has a file ${from} already, so the key of ${called(facts, identity)} becomes ${to}.`)
  for (const { name } of sources.filter(isSupervised))
    note(
      `${name} ran its own service. Its key becomes one of many, and its identity needs a service of ours. Do not start ${name} again: it would make itself a fresh key and stop at its data.`,
    )
  if (keyless.length > 0)
    note(
      `Rows of ${plural(keyless.length, 'identity', 'identities')} without a key (${listed(keyless.map((id) => called(facts, id)))}) come along, as with merge-nodes. They do no harm.`,
    )
  for (const { name, dataFolder } of sources)
    if (/[#?%]/.test(dataFolder))
      note(`The path of ${name} has a character (# ? %) with which its node cannot work reliably. It is only read here.`)
  const folded = ({ place }: FolderFacts): string => place.realPath.normalize('NFC').toLowerCase()
  for (const one of sources)
    if (folded(one) === folded(target))
      note(
        `${one.dataFolder} and ${target.dataFolder} differ only in upper and lower case. They are two folders here: see that you mean the right one.`,
      )
  return risks
}

/** What was looked at, and how it was. */
export function mergeChecks(facts: MergeFacts): readonly PlanCheck[] {
  const { target, sources, input } = facts
  const keys = nodesOf(facts).reduce((sum, node) => sum + node.keys.length, 0)
  const schema = toolFor(facts)?.schema ?? nodesOf(facts).flatMap(({ database }) => (database.is === 'read' ? [database.schema] : []))[0]
  const { atTarget } = neededBytes(facts)
  return [
    { is: 'pass', text: `${plural(keys, 'valid key')}, none twice.` },
    { is: 'pass', text: `Databases sound, every page read${schema === undefined ? '' : `, schema ${schema}`}.` },
    ...toolChecks(facts),
    networkCheck(facts),
    ...poetChecks(facts),
    coinbaseCheck(facts),
    ...banChecks(facts),
    { is: 'pass', text: `${sizeOf(target.place.freeBytes)} free at ${target.name}, ${sizeOf(atTarget)} needed.` },
    ...(input.unplaced ?? []).map((by): PlanCheck => ({
      is: 'warn',
      text: `A node runs whose data folder is not known (${by}). See that it is none of these.`,
    })),
    ...smeshingChecks(target),
    ...configChecks(facts),
    ...sources.flatMap((one) => one.keyProblems.map((text): PlanCheck => ({ is: 'warn', text: `${one.name}: ${text}.` }))),
  ]
}

/** What another release's merge-nodes means for what can be said beforehand. */
function toolChecks(facts: MergeFacts): readonly PlanCheck[] {
  if (facts.tool === undefined) return []
  const tool = toolFor(facts)
  if (tool === undefined)
    return [{ is: 'pass', text: `${facts.tool.file} is not needed: Smeshkeeper knows these databases and copies their rows itself.` }]
  return [
    {
      is: 'warn',
      text: `Version ${tool.schema} is newer than this Smeshkeeper: rows and registrations cannot be shown before. See that ${facts.target.name} lists every PoET of ${listed(facts.sources.map(({ name }) => name))} in main.poet-servers, otherwise its node stops with a FATAL line.`,
    },
  ]
}

function networkCheck(facts: MergeFacts): PlanCheck {
  const unknown = nodesOf(facts).filter(({ genesis, place }) => genesis.is !== 'known' && place.is === 'folder')
  if (unknown.length === 0) return { is: 'pass', text: 'Same network.' }
  return {
    is: 'warn',
    text: `It is not known of which network ${listed(unknown.map(({ name }) => name))} ${unknown.length === 1 ? 'is' : 'are'}: genesis.json is absent or cannot be read. See that all are of the same.`,
  }
}

function poetChecks({ target, sources }: MergeFacts): readonly PlanCheck[] {
  const used = [...new Set(sources.flatMap(registeredAt).map(({ poet }) => poet))]
  if (used.length === 0) return []
  if (target.values.poets !== undefined) return [{ is: 'pass', text: `${target.name} lists every PoET that is registered at.` }]
  const isMainnet =
    target.config.is === 'read' &&
    target.values.preset === undefined &&
    target.genesis.is === 'known' &&
    target.genesis.id === MAINNET_GENESIS
  if (isMainnet && used.every((poet) => MAINNET_POETS.includes(poet)))
    return [{ is: 'pass', text: 'Every PoET that is registered at is in the list that is built into the node.' }]
  return [
    {
      is: 'warn',
      text: `It is not known whether ${target.name} lists ${listed(used)}. With one of them missing its node stops with a FATAL line: see main.poet-servers of its config.`,
    },
  ]
}

function coinbaseCheck({ target, sources }: MergeFacts): PlanCheck {
  const all = [target, ...sources].map(({ values }) => values.coinbase)
  if (all.includes(undefined))
    return { is: 'warn', text: 'Coinbases could not be compared: not every config is known. All rewards go to that of the target.' }
  return new Set(all).size === 1 ? { is: 'pass', text: 'Same coinbase.' } : { is: 'warn', text: 'The coinbases differ.' }
}

function banChecks({ bans }: MergeFacts): readonly PlanCheck[] {
  const unknown = bans.flatMap((one) => (one.is === 'unknown' ? [one.why] : []))
  const isKnown = bans.some(({ is }) => is === 'read')
  if (isKnown && unknown.length === 0) return [{ is: 'pass', text: 'None of these identities is banned, as far as their nodes know.' }]
  const why = unknown.length > 0 ? listed(unknown) : 'there is no state.sql'
  return [{ is: 'warn', text: `Bans could not be looked up${isKnown ? ' everywhere' : ''}: ${why}.` }]
}

function smeshingChecks(target: FolderFacts): readonly PlanCheck[] {
  if (isSupervised(target) && target.config.is === 'unknown')
    return [
      {
        is: 'warn',
        text: `${target.name} ran its own service, and its config is not known: set smeshing.smeshing-start to false there before it is started, otherwise it stops with “smeshing enabled in remote setup”.`,
      },
    ]
  const isByFlag = target.values.isSmeshing === true && !(target.config.is === 'read' && target.config.values.isSmeshing === true)
  if (isByFlag)
    return [
      {
        is: 'warn',
        text: `${target.name} is started with --smeshing-start: its node stops with “smeshing enabled in remote setup”. Take it from its command line before it is started.`,
      },
    ]
  if (!isSupervised(target) && target.values.isSmeshing === true)
    return [
      {
        is: 'warn',
        text: `The config of ${target.name} has smeshing-start on: its node stops with “smeshing enabled in remote setup”. Set it to false.`,
      },
    ]
  return []
}
